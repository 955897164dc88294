/** The first line of a program for `python3 -c`, whose modules would else be searched for in the working folder first. */
export const INSTALLED_ONLY = "import sys; sys.path = [path for path in sys.path if path != '']"

/**
 * The program that passes metrics to a tracker's own Python library: lines of JSON on stdin, each a step with its metrics;
 * their end is the end of the run. Its arguments are the tracker and its settings as JSON. Ctrl-C is left to svft, which
 * closes stdin.
 */
export const TRACKER_SCRIPT = `${INSTALLED_ONLY}
import json, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
settings = json.loads(sys.argv[2])
if sys.argv[1] == 'tensorboard':
    from tensorboard.summary import Writer
    writer = Writer(settings['folder'])
    def log(metrics, step):
        for name, value in metrics.items():
            writer.add_scalar(name, value, step)
        writer.flush()
    finish = writer.close
else:
    import trackio
    trackio.init(settings['project'], name=settings['name'], space_id=settings.get('space'), config=settings['config'],
                 resume='allow', embed=False, auto_log_gpu=False, auto_log_cpu=False)
    log, finish = trackio.log, trackio.finish
for line in sys.stdin:
    entry = json.loads(line)
    log(entry['metrics'], step=entry['step'])
finish()
`

/** The Python module of each tracker. */
export const TRACKER_MODULES = {tensorboard: 'tensorboard.summary', trackio: 'trackio'} as const
