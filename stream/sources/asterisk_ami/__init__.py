"""The source `asterisk-ami`: what Asterisk's manager interface says of its queues, pure: bytes of the socket in, events out.

`messages` cuts the stream into messages, `translator` tells them, `calls` and `members` know what they mean.
"""

from typing import Final

NAME: Final = "asterisk-ami"
