# An attribute that is misspelled, or of a wrong type, would be found only when a job of that type is submitted.
locals {
  reading_attributes = {
    id                 = "text"
    data_type          = "text"
    data_type_from     = "text"
    data_type_from_key = "text"
    rename             = "texts by name"
    text               = "texts"
    number             = "texts"
    encoding           = "text"
    delimiter          = "text"
    format             = "text"
    load               = "true or false"
  }

  readings_place = "terraform/environments/${var.environment}.tfvars, readings"

  unknown_readings = [
    for job_type in setsubtract(keys(var.readings), var.job_types) :
    "${local.readings_place}[\"${job_type}\"]: there is no such job type; next_steps has ${join(", ", var.job_types)}"
  ]

  reading_mistakes = flatten([
    for job_type, reading in var.readings : [
      for name, value in reading :
      "${local.readings_place}[\"${job_type}\"].${name}: ${try("this is to be ${local.reading_attributes[name]}", "there is no such attribute; allowed are ${join(", ", keys(local.reading_attributes))}")}"
      if !try({
        "text"          = can(regex("", value))
        "texts"         = can([for each in tolist(value) : regex("", each)])
        "texts by name" = can({ for field, column in tomap(value) : field => regex("", column) })
        "true or false" = can(tobool(value))
      }[local.reading_attributes[name]], false)
    ]
  ])
}
