import {availableParallelism} from 'node:os'
import {InferenceSession, Tensor} from 'onnxruntime-node'
import '../tensor/gradients.ts'
import {Fault} from './fault.ts'
import type {CompileOptions, Data, Engine, Named, Program, Step} from './program.ts'
import {trace} from './trace.ts'

/** The fast engine: a step becomes one ONNX graph, run by onnxruntime's CPU provider on `threads` threads. */
export function openOnnx({threads = availableParallelism()}: {threads?: number} = {}): Engine {
  return {name: 'onnx', threads, compile: (step, options) => compile(step, options, threads)}
}

async function compile(step: Step, options: CompileOptions, threads: number): Promise<Program> {
  const {model, inputs, outputs} = trace(step, options)
  const session = await InferenceSession.create(model, {
    logSeverityLevel: 3,
    intraOpNumThreads: threads,
    graphOptimizationLevel: 'disabled', // the order of nodes is ours, and no pass folds mapped weights into copies
    enableMemPattern: false, // plans one arena of the peak size of every tensor: a third more memory
    extra: {
      session: {
        disable_prepacking: options.prepack ? '0' : '1',
        set_denormal_as_zero: '1',
        model_external_initializers_file_folder_path: '/',
      },
    },
  })

  return {
    async run(feeds: Named<Data>) {
      const tensors = Object.fromEntries(inputs.map(name => [name, feed(name, feeds[name], options)]))
      const results = await session.run(tensors)
      return Object.fromEntries(outputs.map(name => [name, results[name].data as Data]))
    },
    dispose: () => session.release(),
  }
}

function feed(name: string, data: Data | undefined, {inputs}: CompileOptions): Tensor {
  const {dtype, shape} = inputs[name]
  if (!data) throw new Fault('failed', `no data for the program's input ${name}, ${dtype} [${shape}]`)
  return new Tensor(dtype, data as never, shape as number[])
}
