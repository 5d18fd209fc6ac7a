"""Files with planted ids, and files without any."""

from random import Random

# name → text; `«4034»` is a planted id
PLANTED = {
    "requests/host.json": """{
  "imageId": "«4034»",
  "packageId": "«Wy1KiMqtPO»",
  "billing": 0,
  "port": 4044,
  "disk": {"size": 4063, "count": 1}
}
""",
    "requests/minified.json": '{"hosts":[{"imageId":«4034»,"cpu":4044},'
    '{"image":{"id":«4063»,"version":4044}}]}\n',
    "requests/env.json": """{"containers": [{"environment": [
  {"name": "IMAGE_ID", "value": "«4044»"},
  {"name": "PORT", "value": "4034"}
]}]}
""",
    "terraform/main.tfvars": """# the farm
maya_image      = "«4034»"
image_ids       = ["«4044»", "«4063»"]
package_id      = "«Wy1KiMqtPO»"
disk_size       = 4034
image_count     = 4044
images = {
  houdini = "«4050»"
  nuke    = "«4063»"
}
""",
    "terraform/variables.tf": """variable "image_id" {
  type    = string
  default = "«4034»"
}
variable "port" {
  default = 4034
}
resource "xds_host" "maya" { image_id = "«4044»"  package_id = "«teTapaSUFq»" }
""",
    "jobs/nuke.yml": """image: «4034»
fallback_images: [«4044», «4063», «7021»]
port: 4050
hosts:
  - name: maya
    image_id: "«4050»"
    timeout: 4034
images:
- «4034»
- '«4044»'
resources:
  memory: 4063
""",
    "k8s/deploy.yaml": """spec:
  containers:
    - image: registry.example/app:4034
      env:
        - name: XDS_IMAGE_ID
          value: "«4063»"
        - name: PORT
          value: "4034"
""",
    ".env": "XDS_IMAGE=«4034»\nIMAGE_ID='«4044»'\nexport PACKAGE_ID=\"«Wy1KiMqtPO»\"\nPORT=4050\n",
    "deploy/prod.env": "IMAGES=«4034»,«4044»\nIMAGE_SIZE=4063\n",
    "farm/boot.py": '''import os

PORT = 4034
IMAGE_ID = "«4034»"
IMAGES: dict[str, str] = {"maya": "«4044»", "nuke": "«4063»"}
FALLBACK_IMAGES = (
    "«4050»",
    "«4034»",  # the old one
)
DEFAULT = os.environ.get("IMAGE_ID", "«4044»")


def boot(client, retries=4034):
    """Boot a host."""
    image_id: str = "«4063»"
    body = {"imageId": image_id, "size": 4034}
    return client.create(image_id="«4050»", package_id="«teTapaSUFq»", timeout=4044)
''',
    "bin/boot.sh": """#!/bin/sh
IMAGE="${IMAGE_ID:-«4034»}"
PORT=4044
create-host --image-id «4044» --package-id=«Wy1KiMqtPO» --port 4063
curl -d '{"imageId": "«4063»", "packageId": "«teTapaSUFq»"}' "https://api.example/v1?size=4034"
for image in «4050» «4034»; do echo "$image"; done
IMAGES="«4044» «4063»"
""",
}

WORDS = ("alpha", "server", "web", "cache", "image", "worker", "package", "queue", "render", "node")
QUANTITIES = (
    "port",
    "timeout",
    "size",
    "image_size",
    "image_count",
    "imagePullTimeout",
    "IMAGE_WIDTH",
    "package_version",
    "retries",
    "memory_mb",
    "max_connections",
    "image_quality",
    "replicas",
    "year",
    "user_id",
    "id",
    "ticket",
)


def planted() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the files, and where each id is as (id, path:line)."""
    files = {name: text.replace("«", "").replace("»", "") for name, text in PLANTED.items()}
    places = [
        (part.partition("»")[0], f"{name}:{number}")
        for name, text in PLANTED.items()
        for number, line in enumerate(text.split("\n"), 1)
        for part in line.split("«")[1:]
    ]
    return files, places


def without_ids(count: int, seed: int = 1) -> dict[str, str]:
    """Return files full of numbers that happen to be ids, in places where no id is."""
    random = Random(seed)
    makers = (_json, _tfvars, _yaml, _env, _python, _shell)
    files = {}
    for index in range(count):
        name, text = makers[index % len(makers)](random)
        files[f"plain/{index:04}{name}"] = text
    return files


def _number(random: Random) -> int:
    return random.randrange(4000, 4100) if random.random() < 0.7 else random.randrange(1, 100_000)


def _pairs(random: Random) -> list[tuple[str, int]]:
    return [(random.choice(QUANTITIES), _number(random)) for _ in range(random.randrange(5, 25))]


def _json(random: Random) -> tuple[str, str]:
    body = ",\n".join(f'  "{name}": {number}' for name, number in _pairs(random))
    docker = f'"image": "registry.example/{random.choice(WORDS)}:{_number(random)}"'
    return ".json", "{\n" + body + ",\n  " + docker + "\n}\n"


def _tfvars(random: Random) -> tuple[str, str]:
    return ".tfvars", "".join(f"{name} = {number}\n" for name, number in _pairs(random))


def _yaml(random: Random) -> tuple[str, str]:
    pairs = [pair for pair in _pairs(random) if pair[0] != "id"]  # `image: {id: 4034}` is one
    body = "".join(f"    {name}: {number}\n" for name, number in pairs)
    image = f"    image: {random.choice(WORDS)}:{_number(random)}\n"
    note = f"# built {_number(random)} images of {_number(random)} packages\n"
    return ".yml", f"{note}services:\n  {random.choice(WORDS)}:\n{image}{body}"


def _env(random: Random) -> tuple[str, str]:
    return ".env", "".join(f"{name.upper()}={number}\n" for name, number in _pairs(random))


def _python(random: Random) -> tuple[str, str]:
    body = "".join(f"    {name} = {number}\n" for name, number in _pairs(random))
    calls = (
        f"    resize_image(picture, {_number(random)}, {_number(random)})\n"
        f'    print("image {_number(random)} of {_number(random)}")\n'
        f"    assert len(images) == {_number(random)} and rows[{_number(random)}]\n"
    )
    return (
        ".py",
        f'def {random.choice(WORDS)}(picture):\n    """Image {_number(random)}."""\n{body}{calls}',
    )


def _shell(random: Random) -> tuple[str, str]:
    body = "".join(f"{name.upper()}={number}\n" for name, number in _pairs(random))
    calls = (
        f"docker run -p {_number(random)}:80 --memory {_number(random)} image:{_number(random)}\n"
        f"sleep {_number(random)}; kill -9 {_number(random)}\n"
        f'echo "pulled image {_number(random)}"\n'
    )
    return ".sh", f"#!/bin/sh\n{body}{calls}"
