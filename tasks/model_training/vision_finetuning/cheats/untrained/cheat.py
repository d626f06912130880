"""The same model twice."""
from tools import report, save, start

save("initial", start())
save("model", start())
report()
