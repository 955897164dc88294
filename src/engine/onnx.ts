import {availableParallelism} from 'node:os'
import {InferenceSession, Tensor} from 'onnxruntime-node'
import '../tensor/gradients.ts'
import {type CompileOptions, type Data, type Engine, feedOf, type Named, type Program, type Step} from './program.ts'
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
      const asked = Object.entries(inputs).map(([name, inModel]) => [inModel, feed(name, feeds, options)])
      const results = await session.run(Object.fromEntries(asked))
      return Object.fromEntries(Object.entries(outputs).map(([name, inModel]) => [name, results[inModel].data as Data]))
    },
    dispose: () => session.release(),
  }
}

function feed(name: string, feeds: Named<Data>, {inputs}: CompileOptions): Tensor {
  const {dtype, shape} = inputs[name]
  return new Tensor(dtype, feedOf(feeds, name, inputs[name]) as never, shape as number[])
}
