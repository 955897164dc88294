// Installs the native part of @tensorflow/tfjs-node-gpu (or @tensorflow/tfjs-node) if its own download fails or is not
// allowed: TensorFlow's libraries from the Python package (Python is not needed), and the addon, compiled against
// them from the package's own sources. Takes about 20 seconds, and a download of 207 MB.
//
//   npm run tensorflow                    for the CPU
//   npm run tensorflow -- --gpu           for CUDA 12 (620 MB)
//   npm run tensorflow -- --force         again, replacing what is installed
//   npm run tensorflow -- --check         print what is installed
//   npm run tensorflow -- --from FOLDER   against an installed Python TensorFlow: FOLDER is site-packages/tensorflow
import {createRequire} from 'node:module'
import {parseArgs} from 'node:util'
import {exitCode, Fault} from '../src/base/fault.ts'
import {findPackage} from '../src/engine/tensorflow-package.ts'
import {type ProbeResult, probeEngine} from '../src/plan/doctor/check-engines.ts'
import {compileAddon} from './tensorflow/addon.ts'
import {unpackTensorflow} from './tensorflow/wheel.ts'

const printLine = (text: string) => console.error(`tensorflow: ${text}`)

async function build(): Promise<string> {
  const {values: flags} = parseArgs({
    options: {
      gpu: {type: 'boolean'},
      force: {type: 'boolean'},
      check: {type: 'boolean'},
      from: {type: 'string'},
    },
  })
  const {platform, arch} = process
  if (platform !== 'linux' || arch !== 'x64') throw new Error(`only for linux x64, not for ${platform} ${arch}`)
  const before = flags.force && !flags.check ? undefined : await probeEngine('tensorflow')
  if (before?.works) return told(before)
  if (flags.check) throw new Error(before?.says)

  const {name, folder} = findPackage(createRequire(import.meta.url))
  const library = flags.from
    ? {folder: flags.from, shared: true}
    : {folder: await unpackTensorflow(folder, {gpu: flags.gpu ?? false, printLine}), shared: false}
  await compileAddon(folder, {library, printLine})
  const after = await probeEngine('tensorflow')
  if (!after.works) throw new Error(`${name} is built, but does not work: ${after.says}`)
  return told(after)
}

const told = ({version, device}: ProbeResult) =>
  `TensorFlow ${version} works on the ${device === 'cuda' ? 'GPU' : 'CPU'}`

try {
  console.log(await build())
} catch (error) {
  printLine((error as Error).message)
  process.exitCode = error instanceof Fault ? exitCode(error.kind) : 1 // 74 if nothing can be downloaded
}
