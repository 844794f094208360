"""``python -m sanbao`` is the command ``sanbao``."""

from sanbao.commands import main

if __name__ == "__main__":
    main()
