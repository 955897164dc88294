import {type ProbedEngine, type ProbeResult, probeEngine} from '../../setup/probe-engine.ts'
import {updateRates} from './cached-rates.ts'
import type {Diagnosis} from './diagnosis.ts'
import {FASTER} from './measure-rates.ts'

/** What an engine can do on this machine, with one of its devices. */
export interface EngineDiagnosis extends Diagnosis {
  readonly engine: 'onnx' | 'openvino' | 'tensorflow' | 'js'
  /** Undefined for an engine that chooses its own. */
  readonly device?: 'cpu' | 'webgpu' | 'cuda'
  readonly precision: 'float32' | 'bfloat16'
}

type EngineRow = Pick<EngineDiagnosis, 'name' | 'engine' | 'device' | 'precision' | 'needed' | 'mend'> & {
  readonly kind: ProbedEngine
}

const ROWS: readonly EngineRow[] = [
  {
    kind: 'onnx',
    name: 'onnxruntime cpu',
    engine: 'onnx',
    device: 'cpu',
    precision: 'float32',
    needed: true,
    mend: 'reinstall the packages: npm ci',
  },
  {kind: 'webgpu', name: 'onnxruntime webgpu', engine: 'onnx', device: 'webgpu', precision: 'float32'},
  {kind: 'cuda', name: 'onnxruntime cuda', engine: 'onnx', device: 'cuda', precision: 'float32'},
  {kind: 'openvino', name: 'openvino', engine: 'openvino', device: 'cpu', precision: 'bfloat16'},
  {kind: 'tensorflow', name: 'tensorflow', engine: 'tensorflow', precision: 'float32'},
]

/** The number of engines and devices that are tried. */
export const TRIED = ROWS.length

const JS: EngineDiagnosis = {
  name: 'js',
  engine: 'js',
  device: 'cpu',
  precision: 'float32',
  status: 'ok',
  says: 'works everywhere, slowly: the reference for tests',
}

/**
 * Tries each engine and device and measures its matrix products, one after the other, so that no measurement disturbs
 * another. Takes some seconds.
 */
export async function checkEngines(onTried?: (done: number) => void): Promise<EngineDiagnosis[]> {
  const probes = new Map<ProbedEngine, ProbeResult>()
  for (const {kind} of ROWS) {
    onTried?.(probes.size)
    probes.set(kind, await probeEngine(kind, {measure: true}))
  }
  onTried?.(TRIED)
  const float32 = probes.get('onnx')?.flopsPerSecond
  await updateRates({bf16FlopsPerSecond: probes.get('openvino')?.flopsPerSecond}) // for svft plan
  return [...ROWS.map(row => diagnoseEngine(row, probes.get(row.kind)!, float32)), JS]
}

/** The check of an engine, from the result of trying it; `float32` is the rate of the default engine. */
export function diagnoseEngine({kind, mend, ...row}: EngineRow, probe: ProbeResult, float32?: number): EngineDiagnosis {
  const {works, says = '', seconds, version, device, origin, flopsPerSecond} = probe
  const found = {works, seconds: Number(seconds.toFixed(2)), version, device, origin, flopsPerSecond}
  if (works) return {...row, status: 'ok', says: successText(row, probe, float32), found}
  // the messages of engines end with what to do
  const [what, ...mends] = says.replace(/^(device|engine) \w+: /, '').split('; ')
  const absent = /not installed|no GPU|no native part|only, not|no instructions/.test(what)
  return {...row, status: absent ? 'absent' : 'wrong', says: what, mend: mends.join('; ') || mend, found}
}

/** `works, 2026.4.1, 1840 GFLOP/s in bfloat16, 6.9 × float32 of onnx`. */
function successText(
  {engine, precision}: Pick<EngineDiagnosis, 'engine' | 'precision'>,
  {version, device, flopsPerSecond}: ProbeResult,
  float32: number | undefined,
): string {
  const where = engine === 'tensorflow' && device ? ` on the ${device === 'cuda' ? 'GPU' : 'CPU'}` : ''
  const parts = ['works', ...(version ? [`${version}${where}`] : [])]
  if (flopsPerSecond === undefined) return parts.join(', ')
  parts.push(`${formatRate(flopsPerSecond)} in ${precision}`)
  if (precision !== 'bfloat16' || float32 === undefined) return parts.join(', ')
  const ratio = flopsPerSecond / float32
  if (ratio >= FASTER) return [...parts, `${ratio.toFixed(1)} × float32`].join(', ')
  return `${parts.join(', ')}; bfloat16 is not faster on this processor; it only halves memory`
}

const formatRate = (flopsPerSecond: number) =>
  `${flopsPerSecond < 1e11 ? (flopsPerSecond / 1e9).toPrecision(2) : Math.round(flopsPerSecond / 1e9)} GFLOP/s`
