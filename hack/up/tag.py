"""Print the tag of the image that this tree makes."""

from images import content_tag

print(content_tag())
