import type {ProbedEngine, ProbeResult} from '../../setup/probe-engine.ts'
import type {Diagnosis} from './diagnosis.ts'

/** The check of an engine, from the result of trying it. */
export function diagnoseEngine(
  kind: ProbedEngine,
  {works, says = '', seconds, version, device}: ProbeResult,
): Diagnosis {
  const name = kind === 'tensorflow' ? 'tensorflow' : `onnxruntime ${kind}`
  const found = {works, seconds: Number(seconds.toFixed(2)), version, device}
  if (works) {
    const where = device ? ` ${version} on the ${device === 'cuda' ? 'GPU' : 'CPU'}` : ''
    return {name, status: 'ok', says: `works${where} (tried in ${seconds.toFixed(1)} s)`, found}
  }
  // the messages of engines end with what to do
  const [what, ...mends] = says.replace(/^(device|engine) \w+: /, '').split('; ')
  const absent = /not installed|no GPU|no native part/.test(what)
  const mend = mends.join('; ') || undefined
  return {name, status: absent ? 'absent' : 'wrong', says: what, mend, found}
}
