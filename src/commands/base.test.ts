import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {Script} from 'node:vm'
import {execa} from 'execa'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {bin, svft as run, spawnSvft} from '../../test/support/workplace.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const USER = {NODE_ENV: undefined} // with test, as vitest sets it, oclif compiles the sources anew
const svft = (...args: string[]) => run(root, args)

/** Runs a command in a process of its own, from what was built, whose `run` has this body. */
function start(body: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  return execa(process.execPath, [program(body), ...args], {reject: false, env: {...USER, ...env}})
}

/** Runs a script of a shell, in which "$@" is the command whose `run` has this body. */
function shell(script: string, body: string) {
  const command = [process.execPath, program(body)]
  return execa('bash', ['-c', script, 'bash', ...command], {reject: false, env: {...USER, _: ''}})
}

/** The file of a command, from what was built, whose `run` has this body. */
function program(body: string): string {
  const file = join(openFolder(), 'command.mjs')
  const built = (path: string) => JSON.stringify(pathToFileURL(join(root, 'dist', path)).href)
  writeFileSync(
    file,
    `import {BaseCommand} from ${built('commands/base.js')}
import {Fault} from ${built('base/fault.js')}
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
  return file
}

test('a fault prints its message on stderr, or an envelope on stdout', async () => {
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

test('the exit code classifies an error', async () => {
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
      .concat('this is a bug of svft, please report it: TypeError: x', 'set DEBUG=1 to see the stack trace', '1'),
  )
})

test('a limit of the system is no bug, and the message names what raises it', async () => {
  const {stderr} = await start(`
    const files = Object.assign(new Error('EMFILE: too many open files'), {code: 'EMFILE', syscall: 'open'})
    const thread = Object.assign(new Error('spawn ENOMEM'), {code: 'ENOMEM', syscall: 'spawn'})
    const buffer = await new Promise(resolve => resolve(new ArrayBuffer(2 ** 53 - 1))).catch(error => error)
    for (const error of [files, thread, buffer]) {
      await this.catch(error)
      process.stderr.write(process.exitCode + '\\n')
    }
  `)
  const advice = 'free some, or raise the limit on this process, such as that of ulimit -v or of a scheduler'
  expect(stderr.split('\n')).toEqual([
    'EMFILE: too many open files; raise the limit on open files (ulimit -n)',
    '74',
    `out of memory (spawn ENOMEM); ${advice}`,
    '1',
    `out of memory (Array buffer allocation failed); ${advice}`,
    '1',
  ])
})

test('an unexpected error is called a bug, and shows its stack only with DEBUG', async () => {
  const body = 'undefined.x()'
  const [plain, debug] = await Promise.all([start(body), start(body, [], {DEBUG: '1'})])
  expect(plain.exitCode).toBe(1)
  expect(plain.stderr).toMatch(
    /^this is a bug of svft, please report it: TypeError: .*\nset DEBUG=1 to see the stack trace$/,
  )
  expect(debug.stderr).toMatch(/\n {4}at /)
})

test('the envelope holds the result, the warnings and the exit code 75 of a checkpointed run', async () => {
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

test('the first signal lets a command stop cleanly, the second ends it at once, as a note says after Ctrl-C', async () => {
  const wait = 'await new Promise(resolve => setTimeout(resolve, 20_000))'
  const polite = start(
    `const signal = this.interruption(); process.stdout.write('ready'); const alive = setInterval(() => {}, 1000)
    await new Promise(resolve => signal.addEventListener('abort', resolve)); clearInterval(alive); signal.throwIfAborted()`,
  )
  const stubborn = start(`this.interruption(); process.stdout.write('ready'); ${wait}`)
  polite.stdout!.once('data', () => polite.kill('SIGTERM'))
  stubborn.stdout!.once('data', () => {
    stubborn.kill('SIGINT')
    stubborn.stderr!.once('data', () => stubborn.kill('SIGINT'))
  })
  expect(await polite).toMatchObject({exitCode: 75, stderr: 'interrupted'})
  expect(await stubborn).toMatchObject({
    signal: 'SIGINT',
    stderr: expect.stringMatching(/^stopping, .*a second Ctrl-C/),
  })
}, 15_000)

test('a signal sent twice at the same time, as timeout does, counts once', async () => {
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

/** Ready, then at work until a signal stops it, or to the end. */
const UNTIL_STOPPED = `const signal = this.interruption(); process.stdout.write('ready')
  const alive = setInterval(() => {}, 1000)
  await new Promise(resolve => { signal.addEventListener('abort', resolve); setTimeout(resolve, 700) })
  clearInterval(alive); signal.throwIfAborted()`

test('a hang-up stops a command as SIGTERM does, and a second one changes nothing', async () => {
  const body = `${UNTIL_STOPPED.replace('signal.throwIfAborted()', '')}
    await new Promise(resolve => setTimeout(resolve, 1300)); signal.throwIfAborted()`
  const run = start(body, [], {_: ''})
  run.stdout!.once('data', () => {
    run.kill('SIGHUP')
    setTimeout(() => run.kill('SIGHUP'), 1100)
  })
  expect(await run).toMatchObject({exitCode: 75, stderr: 'interrupted'})
})

test('a command whose terminal is closed ends with its own exit code', async () => {
  const folder = openFolder()
  const [leader, code] = [join(folder, 'leader.sh'), join(folder, 'code')]
  writeFileSync(leader, `trap 'kill -HUP $pid' HUP; "$@" & pid=$!; wait $pid; wait $pid; echo $? > ${code}`)
  const terminal = shell(`exec script -qfc "bash ${leader} $*" /dev/null`, UNTIL_STOPPED)
  terminal.stdout.once('data', () => terminal.kill('SIGKILL'))
  await terminal
  await expect.poll(() => existsSync(code) && readFileSync(code, 'utf8'), {timeout: 5000}).toBe('75\n')
})

test('a command that nohup started, or a script that ignores hang-ups, survives them', async () => {
  const runs = [
    shell('nohup "$@"; exit $?', UNTIL_STOPPED),
    shell('exec "$@" 0>/dev/null', UNTIL_STOPPED), // as nohup in a terminal
    shell(`trap '' HUP; "$@"; exit $?`, UNTIL_STOPPED),
  ]
  for (const run of runs) {
    run.stdout.once('data', async () => {
      const child = await execa('pgrep', ['-P', String(run.pid)], {reject: false})
      process.kill(Number(child.stdout) || Number(run.pid), 'SIGHUP')
    })
  }
  expect((await Promise.all(runs)).map(({exitCode}) => exitCode)).toEqual([0, 0, 0])
})

test('a full disk does not stop a command: without stderr it succeeds, without stdout the exit code is 74', async () => {
  const body = `for (const i of [1, 2]) { process.stderr.write('x'); this.log('y'); await new Promise(r => setTimeout(r, 9)) }
    process.exitCode = 0; this.warn('end')`
  expect(await shell('exec "$@" 2>/dev/full', body)).toMatchObject({exitCode: 0, stdout: 'y\ny'})
  const lost = await shell('exec "$@" >/dev/full', body)
  expect(lost.exitCode).toBe(74)
  expect(lost.stderr).toMatch(/^xxwarning: end\nstdout: ENOSPC: no space left on device, write; the work is done, but /)
  const wrong = "throw new Fault('recipe', 'wrong')"
  expect(await shell('exec "$@" --json >/dev/full', wrong)).toMatchObject({exitCode: 78, stderr: ''})
})

test('a closed stderr does not end a command', async () => {
  const run = start(
    "await new Promise(r => setTimeout(r, 200)); for (let i = 0; i < 9; i++) process.stderr.write('x\\n'); this.log('end')",
  )
  run.stderr!.destroy()
  expect(await run).toMatchObject({exitCode: 0, stdout: 'end'})
})

test('svft: an unknown command suggests the nearest one, as JSON with --json', async () => {
  const [plain, json, far] = await Promise.all([svft('shcema'), svft('shcema', '--json'), svft('\u001b[2J')])
  expect(plain).toMatchObject({exitCode: 2, stdout: '', stderr: 'unknown command: shcema; did you mean svft schema?'})
  expect(json).toMatchObject({exitCode: 2, stderr: ''})
  expect(JSON.parse(json.stdout)).toMatchObject({status: 2, error: {kind: 'usage'}, warnings: []})
  expect(far.stderr).toBe('unknown command: \\u001b[2J; svft help lists all commands')
})

test('svft: nothing in the data folder of the user is read as plugins', async () => {
  const data = openFolder()
  mkdirSync(join(data, 'svft'))
  writeFileSync(join(data, 'svft/package.json'), '{broken')
  const started = [['list', '--help'], ['shcema']].map(args => spawnSvft(root, args, {env: {XDG_DATA_HOME: data}}))
  const [known, unknown] = await Promise.all(started)
  expect(known).toMatchObject({exitCode: 0, stderr: ''})
  expect(unknown).toMatchObject({exitCode: 2, stderr: 'unknown command: shcema; did you mean svft schema?'})
})

test('svft: unknown flags and arguments are refused', async () => {
  const [flag, json, extra] = await Promise.all([
    svft('schema', '--jsno'),
    svft('schema', '--json', '--jsno'),
    svft('schema', 'x'),
  ])
  expect(flag).toMatchObject({exitCode: 2, stdout: '', stderr: 'unknown flag: --jsno; did you mean --json?'})
  expect(json.exitCode).toBe(2)
  expect(JSON.parse(json.stdout)).toMatchObject({status: 2, error: {kind: 'usage'}})
  expect(extra).toMatchObject({exitCode: 2, stderr: 'svft schema takes no arguments: x'})
})

test('svft: a mistyped flag or help topic gets a suggestion', async () => {
  const commands = [
    ['run', 'x.yaml', '--dryrun'],
    ['sweep', '--dryrun', 'x.yaml'],
    ['plan', '--zzzzzz'],
    ['run', 'x.yaml', '--seeds', '0'],
    ['run', 'x.yaml', '--seed', '3'],
    ['sweep', 'x.yaml', '--train.lr=1'],
    ['help', 'sho'],
    ['nonexist', '--help'],
    ['run', 'x.yaml', '--threads', '2', '--set', 'threads=3'],
  ].map(args => svft(...args))
  expect((await Promise.all(commands)).map(({exitCode, stderr}) => `${exitCode} ${stderr.split('\n').at(-1)}`)).toEqual(
    [
      '2 unknown flag: --dryrun; did you mean --dry-run?',
      '2 unknown flag: --dryrun; did you mean --dry-run?',
      '2 unknown flag: --zzzzzz; svft plan --help lists all flags',
      '2 unknown flag: --seeds; svft run --help lists all flags',
      '2 unknown flag: --seed; did you mean --set seed=…?',
      '2 unknown flag: --train.lr=1; did you mean --set train.lr=1?',
      '2 unknown command: sho; did you mean svft show?',
      '2 unknown command: nonexist; svft help lists all commands',
      '2 --threads 2 and --set threads=3 set the same value; give only one of them',
    ],
  )
})

test('svft: a missing argument is named, without the note of oclif about repeatable flags', async () => {
  const [check, sweep] = await Promise.all([svft('check'), svft('sweep', '--set', 'train.lr=1', '--json')])
  expect(check).toMatchObject({exitCode: 2, stderr: 'runs is required: folders of runs, sweep files or recipes'})
  expect(JSON.parse(sweep.stdout).error.message).toMatch(/^recipes is required: recipe files or folders, .*figure1$/)
})

test.each([
  [['sweep', 'x', '--workers', 'abc'], '--workers abc: must be an integer'],
  [['sweep', 'x', '--workers', '0'], '--workers 0: must be an integer greater than or equal to 1'],
  [['sweep', 'x', '--on', 'moon'], '--on moon: must be one of here, slurm'],
  [['sweep', 'x', '--workers'], '--workers needs a value'],
  [['sweep', 'x', '--on'], '--on needs one of these values: here, slurm'],
  [['run', 'x', '--threads', '1', '--threads', '2'], '--threads may be given only once'],
  [['run', 'x', 'y'], 'unexpected argument: y'],
  [['engine', 'install', 'abacus'], 'abacus: must be one of openvino, tensorflow'],
  [['tune', 'x'], '--over is required\n--trials is required'],
])('svft %j: what oclif finds wrong is said in one line each', async (args, message) => {
  expect(await svft(...args)).toMatchObject({exitCode: 2, stdout: '', stderr: message})
  expect(JSON.parse((await svft(...args, '--json')).stdout).error).toMatchObject({kind: 'usage', message})
})

test.each([
  [['run', ''], 'recipe: the argument is empty'],
  [['report', ''], 'from: the argument is empty'],
  [['plan', 'configs/gsm8k/mini', ''], 'recipes: the argument is empty'],
  [['compare', 'a', ''], 'b: the argument is empty'],
  [['report', '--out', ''], '--out: the value is empty'],
  [['report', '--version='], '--version: the value is empty'],
  [['list', '--model', ''], '--model: the value is empty'],
  [['sweep', 'x', '--set', 'seed=0', '--set', ''], '--set: the value is empty'],
])('svft %j: empty text is refused, and not taken for the working folder', async (args, message) => {
  expect(await svft(...args)).toMatchObject({exitCode: 2, stdout: '', stderr: message})
})

test('svft: no command reads a missing argument from a pipe', async () => {
  const cwd = openFolder()
  const piped = (name: string) =>
    execa(process.execPath, [join(root, 'bin/run.js'), name], {cwd, input: 'piped\n', reject: false, env: USER})
  const [collect, evaluate] = await Promise.all([piped('collect'), piped('evaluate')])
  expect(collect).toMatchObject({exitCode: 0, stdout: 'no finished runs'})
  expect(evaluate).toMatchObject({exitCode: 2, stderr: expect.stringMatching(/^run is required: /)})
})

test('svft: a missing path exits with 74 and the same message in every command', async () => {
  const commands = ['report', 'collect', 'runs', 'watch']
  const found = await Promise.all(commands.map(name => svft(name, 'nothere')))
  const outcomes = found.map(({exitCode, stdout, stderr}) => [exitCode, stdout, stderr])
  expect(outcomes).toEqual(commands.map(() => [74, '', 'nothere: no such file or folder']))
})

test('svft: a run that is not there exits with 2 and the same message in every command', async () => {
  const commands = [['ask'], ['evaluate'], ['export', '--out', 'adapter'], ['logs'], ['merge', '--out', 'merged']]
  const found = await Promise.all(commands.map(([name, ...flags]) => svft(name, 'nothere', ...flags)))
  const [{stderr}] = found
  expect(stderr).toMatch(/^nothere: no such run/)
  expect(found.map(({exitCode, stderr}) => [exitCode, stderr])).toEqual(commands.map(() => [2, stderr]))
})

test('svft: a Node.js that is too old is refused in one sentence, by a file that it can parse', async () => {
  const needed = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '')
  const as = (version: string) => {
    const pretend = `Object.defineProperty(process, 'versions', {value: {...process.versions, node: '${version}'}})`
    const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, join(root, 'bin/run.js'), '-V']
    return execa(process.execPath, args, {reject: false})
  }
  const [old, least] = await Promise.all([as('18.20.8'), as(`${needed}.0`)])
  const message = `svft needs Node.js ${needed} or newer, and this is 18.20.8: install a newer one`
  expect(old).toMatchObject({exitCode: 1, stdout: '', stderr: message})
  expect(least).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^svft\//)})
  const source = readFileSync(join(root, 'bin/run.js'), 'utf8')
  expect(() => new Script(source)).not.toThrow() // older ones take it for CommonJS
  expect(source).not.toMatch(/\?\.|\?\?|\basync\b/)
})

test('svft: help and version load no command', async () => {
  const [help, version, long] = await Promise.all([svft('--help'), svft('--version'), svft('version')])
  expect(help.stdout).toMatch(/^ {2}schema +Print .*\n(.*\n)* {2}version +Print /m)
  expect(help.stdout).not.toMatch(/\bbase\b|hooks|progress/)
  expect(version.stdout).toMatch(/^svft\/\d+\.\d+\.\d+ /)
  expect(version.stdout).toBe(long.stdout)
})

test('a user without an entry in /etc/passwd, as in a container, may run commands', async () => {
  const unknown = `import os from 'node:os'
    import {syncBuiltinESMExports} from 'node:module'
    os.userInfo = () => { throw new Error('uv_os_get_passwd returned ENOENT') }
    syncBuiltinESMExports()`
  const preload = `data:text/javascript,${encodeURIComponent(unknown)}`
  const env = {...USER, SHELL: undefined}
  const ran = await execa(process.execPath, ['--import', preload, bin, 'cache', '--json'], {
    reject: false,
    env,
    cwd: openFolder(),
  })
  expect(ran).toMatchObject({exitCode: 0, stderr: ''})
})

test('a user without a home folder is asked to set HOME', async () => {
  const homeless = `import os from 'node:os'
    import {syncBuiltinESMExports} from 'node:module'
    os.homedir = () => { throw new Error('uv_os_homedir returned ENOENT') }
    syncBuiltinESMExports()`
  const preload = `data:text/javascript,${encodeURIComponent(homeless)}`
  const ran = await execa(process.execPath, ['--import', preload, bin, 'list'], {reject: false, env: USER})
  expect(ran).toMatchObject({
    exitCode: 2,
    stderr: 'HOME is not set, and this user has no home folder; set HOME to a folder that can be written',
  })
})
