"""FreeSWITCH's mod_callcenter, pure, in parts that its two sources share: `freeswitch` (a file of events) and the event socket.

`calls` and `states` know what its words mean; `frames` cuts the bytes of an event socket, `lists` reads what it answers, and `translator`
tells both, with `known` (calls) and `agents` to set right what nobody heard.
"""

from typing import Final

NAME: Final = "freeswitch-event-socket"
