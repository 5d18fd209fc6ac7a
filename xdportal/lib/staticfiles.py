from whitenoise.storage import CompressedManifestStaticFilesStorage


# WhiteNoise has no types.
class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed and compressed after `collectstatic`; before that, files under plain names."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name
