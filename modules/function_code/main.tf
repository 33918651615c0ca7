# Functions take their code from S3, because the provider makes those that bring a file one after another,
# five seconds each: a hundred routes would take eight minutes.
resource "aws_s3_object" "zip" {
  for_each    = fileset(var.zip_folder, "*.zip")
  bucket      = var.bucket.name
  key         = "code/${each.key}"
  source      = "${var.zip_folder}/${each.key}"
  source_hash = filebase64sha256("${var.zip_folder}/${each.key}")
}
