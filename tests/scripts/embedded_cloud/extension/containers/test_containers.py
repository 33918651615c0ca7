from embedded_cloud.extension.containers.containers import Containers


class EngineWithOneImage:
    """Stands for a Docker engine that has the image `worker:1`."""

    def has(self, image):
        return image == "worker:1"

    def run(self, image, **options):
        return image, options


def test_an_image_a_container_engine_has_is_run_by_it():
    image, options = Containers(EngineWithOneImage()).run("worker:1", command=["value"], environment={"OWN": "yes"})
    assert (image, options["command"]) == ("worker:1", ["value"])
    assert options["environment"]["OWN"] == "yes"
    assert options["environment"]["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
