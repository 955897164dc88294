import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {execa} from 'execa'
import {expect, test} from 'vitest'

// Every command here runs in a process of its own, as a shell runs it.

const root = fileURLToPath(new URL('../..', import.meta.url))
const USER = {NODE_ENV: undefined} // with test, as vitest sets it, oclif compiles the sources anew
const svft = (...args: string[]) =>
  execa(process.execPath, [join(root, 'bin/run.js'), ...args], {reject: false, env: USER})

/** Runs a command, from what was built, whose `run` has this body. */
function start(body: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const file = join(mkdtempSync(join(tmpdir(), 'svft-')), 'command.mjs')
  const built = (path: string) => JSON.stringify(pathToFileURL(join(root, 'dist', path)).href)
  writeFileSync(
    file,
    `import {BaseCommand} from ${built('commands/base.js')}
import {Fault} from ${built('engine/fault.js')}
class Try extends BaseCommand {
  async run() {
    await this.parse(Try)
    ${body}
    return {done: true, Fault: Fault.name}
  }
}
await Try.run(process.argv.slice(2), ${JSON.stringify(root)})
`,
  )
  return execa(process.execPath, [file, ...args], {reject: false, env: {...USER, ...env}})
}

test('a fault is its message on stderr, or an envelope on stdout', async () => {
  const body = "throw new Fault('recipe', 'a.yaml:1:1: wrong')"
  const [plain, json] = await Promise.all([start(body), start(body, ['--json'])])
  expect(plain).toMatchObject({exitCode: 78, stdout: '', stderr: 'a.yaml:1:1: wrong'})
  expect(json).toMatchObject({exitCode: 78, stderr: ''})
  expect(JSON.parse(json.stdout)).toEqual({
    status: 78,
    error: {name: 'Fault', kind: 'recipe', message: 'a.yaml:1:1: wrong'},
    warnings: [],
  })
})

test('the exit code says whose mistake it was', async () => {
  const {stderr} = await start(`
    const kinds = ['usage', 'recipe', 'input', 'io', 'failed'].map(kind => new Fault(kind, kind))
    const full = Object.assign(new Error('no space left'), {code: 'ENOSPC', syscall: 'write'})
    for (const error of [...kinds, full, AbortSignal.abort().reason, new TypeError('x')]) {
      await this.catch(error)
      process.stderr.write(process.exitCode + '\\n')
    }
  `)
  expect(stderr.split('\n')).toEqual(
    ['usage', 2, 'recipe', 78, 'input', 1, 'io', 74, 'failed', 1, 'no space left', 74, 'interrupted', 130]
      .map(String)
      .concat('this is a bug of svft, please report it: TypeError: x', 'set DEBUG=1 to see where', '1'),
  )
})

test('an unexpected error is called a bug, and shows its stack only with DEBUG', async () => {
  const body = 'undefined.x()'
  const [plain, debug] = await Promise.all([start(body), start(body, [], {DEBUG: '1'})])
  expect(plain.exitCode).toBe(1)
  expect(plain.stderr).toMatch(/^this is a bug of svft, please report it: TypeError: .*\nset DEBUG=1 to see where$/)
  expect(debug.stderr).toMatch(/\n {4}at /)
})

test('a result, warnings and the state to be started again', async () => {
  const body = "this.warn('odd\\u001b[2J'); this.log('text'); process.exitCode = 75"
  const [plain, json] = await Promise.all([start(body), start(body, ['--json'])])
  expect(plain).toMatchObject({exitCode: 75, stdout: 'text', stderr: 'warning: odd\\u001b[2J'})
  expect(json).toMatchObject({exitCode: 75, stderr: ''})
  expect(JSON.parse(json.stdout)).toMatchObject({status: 75, result: {done: true}, warnings: ['odd\u001b[2J']})
})

test('messages and JSON cannot drive the terminal', async () => {
  const body = "throw new Fault('input', 'bad \\u001b]0;x\\u0007 \\u202e line\\r\\n  next')"
  const [plain, json] = await Promise.all([start(body), start(body, ['--json'])])
  expect(plain.stderr).toBe('bad \\u001b]0;x\\u0007 \\u202e line\\r\n  next')
  expect(json.stdout).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u)
  expect(JSON.parse(json.stdout).error.message).toBe('bad \u001b]0;x\u0007 \u202e line\r\n  next')
})

test('SIGTERM lets a command stop where it wants to, a second one does not wait', async () => {
  const wait = 'await new Promise(resolve => setTimeout(resolve, 20_000))'
  const polite = start(
    `const signal = this.interruption(); process.stdout.write('ready'); const alive = setInterval(() => {}, 1000)
    await new Promise(resolve => signal.addEventListener('abort', resolve)); clearInterval(alive); signal.throwIfAborted()`,
  )
  const stubborn = start(`this.interruption(); process.stdout.write('ready'); ${wait}`)
  polite.stdout!.once('data', () => polite.kill('SIGTERM'))
  stubborn.stdout!.once('data', () => {
    stubborn.kill('SIGTERM')
    setTimeout(() => stubborn.kill('SIGTERM'), 1200)
  })
  expect(await polite).toMatchObject({exitCode: 75, stderr: 'interrupted'})
  expect(await stubborn).toMatchObject({signal: 'SIGTERM'})
}, 15_000)

test('a signal that comes twice at once, as from timeout, counts once', async () => {
  const run = start(
    `const signal = this.interruption(); process.stdout.write('ready')
    const alive = setInterval(() => {}, 1000)
    await new Promise(resolve => signal.addEventListener('abort', resolve))
    await new Promise(resolve => setTimeout(resolve, 500)); clearInterval(alive); signal.throwIfAborted()`,
  )
  run.stdout!.once('data', () => {
    run.kill('SIGTERM')
    setTimeout(() => run.kill('SIGTERM'), 2)
    setTimeout(() => run.kill('SIGTERM'), 50)
  })
  expect(await run).toMatchObject({exitCode: 75, stderr: 'interrupted'})
})

test('a closed stderr does not end a command', async () => {
  const run = start(
    "await new Promise(r => setTimeout(r, 200)); for (let i = 0; i < 9; i++) process.stderr.write('x\\n'); this.log('end')",
  )
  run.stderr!.destroy()
  expect(await run).toMatchObject({exitCode: 0, stdout: 'end'})
})

test('svft: an unknown command says what was meant, and --json says it as JSON', async () => {
  const [plain, json, far] = await Promise.all([svft('shcema'), svft('shcema', '--json'), svft('\u001b[2J')])
  expect(plain).toMatchObject({exitCode: 2, stdout: '', stderr: 'unknown command: shcema; did you mean svft schema?'})
  expect(json).toMatchObject({exitCode: 2, stderr: ''})
  expect(JSON.parse(json.stdout)).toMatchObject({status: 2, error: {kind: 'usage'}, warnings: []})
  expect(far.stderr).toBe('unknown command: \\u001b[2J; svft help lists all commands')
})

test('svft: flags and arguments that nobody knows', async () => {
  const [flag, json, extra] = await Promise.all([
    svft('schema', '--jsno'),
    svft('schema', '--json', '--jsno'),
    svft('schema', 'x'),
  ])
  expect(flag).toMatchObject({exitCode: 2, stdout: '', stderr: 'Nonexistent flag: --jsno\nSee more help with --help'})
  expect(json.exitCode).toBe(2)
  expect(JSON.parse(json.stdout)).toMatchObject({status: 2, error: {kind: 'usage'}})
  expect(extra).toMatchObject({exitCode: 2, stderr: 'svft schema takes no argument: x'})
})

test('svft: a missing argument is named, without the advice to put repeated flags behind it', async () => {
  const [check, sweep] = await Promise.all([svft('check'), svft('sweep', '--set', 'train.lr=1', '--json')])
  expect(check).toMatchObject({
    exitCode: 2,
    stderr: 'Missing 1 required arg:\nwhat  folders of runs, or sweeps and recipes\nSee more help with --help',
  })
  expect(JSON.parse(sweep.stdout).error.message).toMatch(
    /^Missing 1 required arg:\n[\s\S]*figure1\nSee more help with --help$/,
  )
})

test('svft: a path that is not there is exit code 74, in the same words whoever reads it', async () => {
  const commands = [
    ['evaluate'],
    ['export', '--out', 'adapter'],
    ['merge', '--out', 'merged'],
    ['report'],
    ['lint'],
    ['collect'],
  ]
  const found = await Promise.all(commands.map(([name, ...flags]) => svft(name, 'nothere', ...flags)))
  const told = found.map(({exitCode, stdout, stderr}) => [exitCode, stdout, stderr])
  expect(told).toEqual(commands.map(() => [74, '', 'nothere: no such file or folder']))
})

test('svft: help and version load no command', async () => {
  const [help, version, long] = await Promise.all([svft('--help'), svft('--version'), svft('version')])
  expect(help.stdout).toContain('schema')
  expect(help.stdout).not.toMatch(/\bbase\b|hooks|progress/)
  expect(version.stdout).toMatch(/^svft\/\d+\.\d+\.\d+ /)
  expect(version.stdout).toBe(long.stdout)
})
