"""Each function imports this before all else and calls ``resume`` behind its imports.

What imports make stays for good, so no garbage is looked for meanwhile, nor later among what they made: that is a tenth
of a cold start (``make bench``), and a pause of some milliseconds from warm requests now and then.
"""

import gc

gc.disable()


def resume() -> None:
    """All modules are there: from now on garbage is looked for, among what comes."""
    gc.freeze()
    gc.enable()
