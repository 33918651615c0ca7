# The worker image: every calculation, the shared library and the packages of the Lambda layer.
#   make build
#   docker build --file scripts/worker.Dockerfile --tag rollcall-worker:1.2.0 build/image
# The platform that modules/image_repository names: on a machine of another kind the image would not start on AWS.
FROM --platform=linux/amd64 public.ecr.aws/docker/library/python:3.13-slim

COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt

COPY . /app
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1
WORKDIR /app
USER nobody

# Fargate and Batch name the chunk in arguments of their own.
CMD ["python", "-m", "rollcall.worker", "--help"]
