output "zips" {
  description = "Function => where its code lies, and the code's digest."
  value = {
    for name, object in aws_s3_object.zip :
    trimsuffix(name, ".zip") => { bucket = object.bucket, key = object.key, sha256 = object.source_hash }
  }
}
