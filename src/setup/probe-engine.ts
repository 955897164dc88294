import {extname} from 'node:path'
import {fileURLToPath} from 'node:url'
import {requireOpenVino} from '../engine/openvino/library.ts'
import {requireCuda} from '../engine/session.ts'
import {checkPackage} from '../engine/tensorflow/package.ts'
import {failureOfCheck, type ProbeFailure} from './probe-failure.ts'

/** An engine, or a device of engine onnx. */
export type ProbedEngine = 'onnx' | 'webgpu' | 'cuda' | 'openvino' | 'tensorflow'

export interface ProbeResult extends Partial<ProbeFailure> {
  readonly works: boolean
  readonly seconds: number
  readonly version?: string
  readonly device?: string
  /** Where its library is from, if there are several ways to get it. */
  readonly origin?: string
  /** The rate of matrix products, if it was measured. */
  readonly flopsPerSecond?: number
}

export interface ProbeOptions {
  /** Measures matrix products too, which takes a second. */
  readonly measure?: boolean
}

/** The time limit. */
const SECONDS = 60

/** Tries an engine in a process of its own, because a broken engine can end the process. */
export async function probeEngine(kind: ProbedEngine, {measure = false}: ProbeOptions = {}): Promise<ProbeResult> {
  const failure = checkLibrary(kind)
  if (failure) return {works: false, seconds: 0, ...failure}
  const entry = fileURLToPath(new URL(`./engine-probe${extname(import.meta.url)}`, import.meta.url))
  const {execa} = await import('execa') // loads in 0.1 s
  const start = performance.now()
  const child = await execa(process.execPath, [...process.execArgv, entry, kind, ...(measure ? ['measure'] : [])], {
    reject: false,
    timeout: 1000 * SECONDS,
    env: {TF_CPP_MIN_LOG_LEVEL: '2'},
  })
  const took = (performance.now() - start) / 1000
  const last = child.stdout.trimEnd().split('\n').at(-1) ?? ''
  if (child.exitCode === 0 && last.startsWith('{')) return {...JSON.parse(last), seconds: took}
  if (child.timedOut)
    return {
      works: false,
      seconds: took,
      message: `no result within ${SECONDS} s; try again when the machine is less busy`,
    }
  return {works: false, seconds: took, message: crashText(kind, child)}
}

/** The defect of a library that shows without loading it. */
function checkLibrary(kind: ProbedEngine): ProbeFailure | undefined {
  return failureOfCheck(() => {
    if (kind === 'cuda') requireCuda()
    if (kind === 'openvino') requireOpenVino()
    if (kind === 'tensorflow') checkPackage()
  })
}

/** How the process of an engine ended, in words, and the command that repairs a library which svft installs. */
export function crashText(
  kind: ProbedEngine,
  {signal, exitCode, stderr}: {readonly signal?: string; readonly exitCode?: number; readonly stderr: string},
): string {
  const line = stderr.split('\n').find(text => /symbol lookup error|: F |Error:|^terminate/.test(text))
  const end = signal ? `${signal}${SIGNAL_CAUSES[signal] ?? ''}` : `exit ${exitCode}`
  const isRepaired = (kind === 'openvino' || kind === 'tensorflow') && signal !== 'SIGILL'
  return `the process ended (${end})${line ? `: ${line.trim()}` : ''}${isRepaired ? `; run: svft engine install ${kind}` : ''}`
}

const SIGNAL_CAUSES: Readonly<Record<string, string>> = {
  SIGBUS: ', a library is damaged',
  SIGILL: ', the processor lacks an instruction',
}
