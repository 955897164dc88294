/** What a run's result depends on beside its recipe, model, data and seed. Runs with equal environments agree bit for bit. */
export interface ComputeEnvironment {
  readonly node: string
  readonly onnxruntime: string
  readonly platform: string
  readonly cpu: string
  readonly simd: string
  readonly lapack: string
  readonly engine: string
  readonly threads: number
}

/** Describes how two environments differ, like `threads 2, not 1`. Returns undefined if they do not. */
export function environmentDifference(here: ComputeEnvironment, there: ComputeEnvironment): string | undefined {
  const [processor, other] = [processorOf(here), processorOf(there)]
  const processors = processor === other ? [] : [`processor ${processor}, not ${other}`]
  const keys = (Object.keys(here) as (keyof ComputeEnvironment)[]).filter(
    key => here[key] !== there[key] && !(processors.length > 0 && (key === 'cpu' || key === 'simd')),
  )
  const all = [...processors, ...keys.map(key => `${key} ${here[key]}, not ${there[key]}`)]
  return all.length === 0 ? undefined : all.join('; ')
}

/** The processor's name and its widest vector instructions. */
export const processorOf = ({cpu, simd}: ComputeEnvironment): string => `${cpu} (${simd.split(' ', 1)[0]})`
