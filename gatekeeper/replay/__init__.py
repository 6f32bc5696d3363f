"""A candidate's model and production handler, run in the candidate's own interpreter, shut in and asked.

    with start(python, root, bounds=Bounds(require=frozenset(Protection))) as worker:  # gatekeeper.replay.worker
        loaded = worker.load(path)

The gate never imports what it judges. A worker is a process of the candidate's interpreter that is sent its program
(`inside/`, as text), shuts itself in, and only then lets the environment's start-up files, the model and the handler
run. Gate and worker speak over pipes: JSON and raw numbers, bounded and validated; nothing is ever unpickled here.

The security model. What runs in the worker is taken for hostile. Kept out, each by layers that are probed when the
worker starts and reported in its facts:

- network: system calls are filtered (seccomp), the sockets of the machine's own services included; and the network
  namespace is empty;
- files: Landlock and mounts of its own leave the file system readable, and writable in one private folder that lives
  in memory and ends with the worker;
- processes: no program can be started and no process made, only threads (seccomp, Landlock); no signal, no tracing,
  and by Landlock alone no look into other processes; capabilities and the way to new ones are given up;
- endless use: time per request, processor time, address space where it is bounded, the size of a file, and what is
  printed or answered; the process group is killed when its time is over, when the gate leaves, or when it dies.

Not kept out: reading. What the gate's user can read, the model can read; it can't send it anywhere, but it can put it
into what it answers, prints or raises, and that may reach a report. The environment's variables are not handed on, but
for those that the libraries need. The interpreter itself is trusted: its executable and standard library run before
the layers are on; its installed packages do not. A hole in the kernel is a way out of layers that the kernel holds.
And an answer is what the model says: one that wants to look good under test can tell that it is tested.

A program that is a predictor (`foreign/exec.py`) is shut in likewise, but may start programs and processes; a server
(`foreign/http.py`) runs already, and nothing is kept out of it.

Where a machine has not a layer, its facts say so and why, and `require` refuses to go on without what must hold.
"""
