import {type ProbedEngine, type ProbeResult, probeEngine} from '../../setup/probe-engine.ts'
import {formatRate} from '../../terminal/rate.ts'
import {updateRates} from './cached-rates.ts'
import type {Diagnosis} from './diagnosis.ts'
import {FASTER} from './measure-rates.ts'

/** What an engine can do on this machine, with one of its devices. */
export interface EngineDiagnosis extends Diagnosis {
  readonly engine: 'onnx' | 'openvino' | 'tensorflow' | 'js'
  /** The device; undefined for an engine that chooses its own. */
  readonly device?: 'cpu' | 'webgpu' | 'cuda'
  readonly precision: 'float32' | 'bfloat16'
}

type EngineRow = Pick<EngineDiagnosis, 'name' | 'engine' | 'device' | 'precision' | 'needed' | 'remedy'> & {
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
    remedy: 'reinstall the packages: npm ci',
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
  message: 'works everywhere, slowly: the reference for tests',
}

/**
 * Tries each engine and device and measures its matrix products, one after the other, so that no measurement disturbs
 * another. Takes some seconds.
 */
export async function checkEngines(onTried?: (done: number) => void): Promise<EngineDiagnosis[]> {
  const tried: {readonly row: EngineRow; readonly probe: ProbeResult}[] = []
  for (const row of ROWS) {
    onTried?.(tried.length)
    tried.push({row, probe: await probeEngine(row.kind, {measure: true})})
  }
  onTried?.(TRIED)
  const rateOf = (kind: ProbedEngine) => tried.find(({row}) => row.kind === kind)?.probe.flopsPerSecond
  await updateRates({bf16FlopsPerSecond: rateOf('openvino')}) // for svft plan
  return [...tried.map(({row, probe}) => diagnoseEngine(row, probe, rateOf('onnx'))), JS]
}

/** The check of an engine, from the result of trying it; `float32` is the rate of the default engine. */
export function diagnoseEngine(
  {kind, remedy, ...row}: EngineRow,
  probe: ProbeResult,
  float32?: number,
): EngineDiagnosis {
  const {works, message = '', absent, seconds, version, device, origin, flopsPerSecond} = probe
  const found = {works, seconds: Number(seconds.toFixed(2)), version, device, origin, flopsPerSecond}
  if (works) return {...row, status: 'ok', message: successText(row, probe, float32), found}
  // the messages of engines end with what to do
  const [what, ...remedies] = message.replace(/^(device|engine) \w+: /, '').split('; ')
  return {...row, status: absent ? 'absent' : 'wrong', message: what, remedy: remedies.join('; ') || remedy, found}
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
