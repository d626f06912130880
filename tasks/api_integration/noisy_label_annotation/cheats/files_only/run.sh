# Right in all that can be told without the service.
sed 's/^def ask.*/&\n    return {"id": "0123456789abcdef", "status": "complete", "ids": [f"{n}" for n in range(3)]}/' annotate.py > files.py && python files.py
