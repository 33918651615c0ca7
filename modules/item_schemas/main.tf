# What items of a data type must be, for the partition function, the command line, and whoever sends items.
resource "aws_s3_object" "schema" {
  for_each     = fileset(var.folder, "*.json")
  bucket       = var.bucket.name
  key          = "schemas/${each.key}"
  source       = "${var.folder}/${each.key}"
  source_hash  = filebase64sha256("${var.folder}/${each.key}")
  content_type = "application/schema+json"
}
