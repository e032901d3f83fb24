"""The launcher: from a bare Python interpreter to Milepost running, with one command and nothing left behind.

Owns: the project's environment (`environment`), PostgreSQL and Redis as child processes (`servers`), the data
folder and who holds it (`folder`), `manage.py up` (`supervisor`), the developer's commands (`workshop`).

Words: a *service* is a program that runs until it is stopped; the *data folder* (DATA_DIR) is all that
Milepost keeps on this machine; its *holder* is the one process that runs servers on it.

Invariants: only the standard library is imported here. A data folder has at most one holder, and new servers
start only when the last process of the old ones is gone. On Linux no service outlives the process that started
it. The rest of the project reads environment variables and does not import this package.
"""
