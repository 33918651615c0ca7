# What items of a data type must be, for the partition function, the command line, and whoever sends items.
resource "aws_s3_object" "schema" {
  for_each     = fileset(var.schemas_folder, "*.json")
  bucket       = var.bucket.name
  key          = "schemas/${each.key}"
  source       = "${var.schemas_folder}/${each.key}"
  source_hash  = filebase64sha256("${var.schemas_folder}/${each.key}")
  content_type = "application/schema+json"
}

# How inputs of a job type are read, where whoever submits one does not say.
resource "aws_s3_object" "reading" {
  for_each     = var.readings
  bucket       = var.bucket.name
  key          = "readings/${each.key}.json"
  content      = jsonencode(each.value)
  content_type = "application/json"
}
