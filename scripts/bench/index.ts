// npm run bench [-- name…]: measures how fast this machine trains and decodes, as ratios.
import {cpus, totalmem} from 'node:os'
import {stderr, stdout} from 'node:process'
import {parseArgs} from 'node:util'
import {lookUp} from '../look-up.ts'
import {runWhenStarted} from '../start.ts'
import {BENCHES} from './benches.ts'
import type {BenchOptions} from './contenders.ts'
import type {Finding, Result} from './finding.ts'
import {count} from './flags.ts'
import {QUIET} from './load.ts'
import {PEER_ROWS} from './peers.ts'

const HELP = `npm run bench [-- name… flags]; names: ${Object.keys(BENCHES).join(', ')}; all of them if none is given, peer only with --peer
  --peer <python>     a Python with PyTorch, for peer (scripts/bench/peer/README.md)
  --bf16              peer in bfloat16: openvino and torch.compile
  --rows <name,…>     of peer: ${PEER_ROWS.float32.join(', ')}; with --bf16 ${PEER_ROWS.bfloat16.join(', ')}
  --folder <folder>   SmolLM2's checkpoint, in place of random weights
  --rounds <n>        timed rounds, of which the best counts (5)
  --patience <n>      seconds to wait for a quiet machine in each round (60)
  --threads <n>       of every contender (2)
  --batch, --tokens   size of a training step, in place of each model's own
  --json              all measurements, on stdout
`

await runWhenStarted(import.meta.url, async () => {
  const {values: flags, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      peer: {type: 'string'},
      bf16: {type: 'boolean', default: false},
      rows: {type: 'string'},
      folder: {type: 'string'},
      rounds: {type: 'string', default: '5'},
      patience: {type: 'string', default: '60'},
      threads: {type: 'string', default: '2'},
      batch: {type: 'string'},
      tokens: {type: 'string'},
      json: {type: 'boolean', default: false},
      help: {type: 'boolean', short: 'h', default: false},
    },
  })
  if (flags.help) {
    stdout.write(HELP)
    return
  }
  const options: BenchOptions = {
    rounds: count('rounds', flags.rounds),
    patience: count('patience', flags.patience, 0),
    threads: count('threads', flags.threads),
    batch: count('batch', flags.batch),
    tokens: count('tokens', flags.tokens),
    python: flags.peer,
    folder: flags.folder,
    bf16: flags.bf16,
    rows: flags.rows?.split(','),
  }
  const all = Object.keys(BENCHES).filter(name => name !== 'peer' || flags.peer !== undefined)
  const names = positionals.length ? positionals : all
  const chosen = names.map(name => [name, lookUp('benchmark', BENCHES, name)] as const)

  const machine = {processor: cpus()[0].model, cores: cpus().length, memoryBytes: totalmem()}
  const results: Record<string, Result> = {}
  for (const [name, bench] of chosen) {
    stderr.write(`${name}\n`)
    results[name] = await bench(options)
    if (!flags.json) stdout.write(table(name, results[name].findings))
  }
  if (flags.json) {
    const report = {status: 0, result: {machine, options, benches: results}, warnings: warnings(results)}
    stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
  } else {
    for (const warning of warnings(results)) stderr.write(`warning: ${warning}\n`)
    stdout.write(
      `${machine.processor}, ${machine.cores} cores, ${options.threads} threads, best of ${options.rounds} rounds\n`,
    )
  }
})

/** Formats one line per finding: name, ratio, figures, and the share of the machine that other processes used. */
function table(name: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({subject}) => subject.length))
  const lines = findings.map(({subject, ratio, figures, foreign}) => {
    const load = foreign === undefined ? '' : `; others ${percent(foreign)}`
    return `  ${subject.padEnd(width)}  ${ratio.toFixed(3).padStart(7)}  ${figures}${load}`
  })
  return `${[name, ...lines].join('\n')}\n`
}

/** Warns of ratios that a busy machine may have distorted. */
function warnings(results: Readonly<Record<string, Result>>): string[] {
  return Object.values(results)
    .flatMap(({findings}) => findings)
    .filter(({foreign = 0}) => foreign >= QUIET)
    .map(({subject, foreign = 0}) => `${subject}: others took ${percent(foreign)} of the machine`)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}
