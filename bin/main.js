import {existsSync, readFileSync} from 'node:fs'
import {homedir, userInfo} from 'node:os'
import {fileURLToPath} from 'node:url'

const [first, ...rest] = process.argv.slice(2)
if (['--version', '-V'].includes(first) && rest.length === 0) answerVersion()
else if (hasHome()) {
  provideShell()
  await runCommand()
} else {
  console.error('HOME is not set, and this user has no home folder; set HOME to a folder that can be written')
  process.exitCode = 2
}

/** Whether Node finds a home folder, without which oclif ends with a stack trace. */
function hasHome() {
  try {
    return homedir() !== ''
  } catch {
    return false
  }
}

/** oclif asks for the user's shell, without which it ends: a container's user may have no entry in /etc/passwd. */
function provideShell() {
  try {
    userInfo()
  } catch {
    process.env.SHELL ??= '/bin/sh'
  }
}

/** What oclif says too, `svft version`; loading oclif takes longer than starting Node. */
function answerVersion() {
  const {name, version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.on('error', error => process.exit(error.code === 'EPIPE' ? 0 : 74))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
}

async function runCommand() {
  // A clone has sources only, and installing runs no scripts: the first command compiles them. The manifest comes last.
  const manifest = fileURLToPath(new URL('../oclif.manifest.json', import.meta.url))
  if (!existsSync(manifest)) {
    process.stderr.write('first run: compiling svft, which takes about 4 s …\n')
    await import('../scripts/build.mjs')
  }

  const {Config, flush, run, settings} = await import('@oclif/core')
  const {guardStreams} = await import('../dist/commands/support/streams.js')
  const {endWith} = await import('../dist/commands/support/errors.js')
  guardStreams()
  process.on('uncaughtException', error => {
    endWith(error)
    process.exit()
  })
  settings.enableAutoTranspile = false // what runs is dist, whatever NODE_ENV says
  const argv = process.argv.slice(2)
  const options = {root: fileURLToPath(import.meta.url), userPlugins: false} // oclif would look for plugins in the home folder
  await run(argv, options)
    .then(() => flush())
    .catch(async error => {
      const id = /^Command (.*) not found\.$/s.exec(error.message)?.[1] // of svft help, and of --help
      if (id === undefined) return endWith(error)
      const config = await Config.load(options)
      const exit = config.runHook('command_not_found', {id, argv}).then(() => error)
      endWith(await exit.catch(thrown => thrown)) // the hook exits by a throw
    })
}
