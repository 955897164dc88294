// Greedy decoding of a batch of prompts, once a `go` on stdin (see server.ts), by the decoder of evaluation, with a model of
// SmolLM2-135M's shape.
//
//   yes go | npx tsx scripts/bench/decode.ts --batch 16 --steps 3
import {parseArgs} from 'node:util'
import {totalSize} from '../../src/engine/program.ts'
import {greedy} from '../../src/evaluate/greedy.ts'
import {openKvDecoder} from '../../src/evaluate/kv-decoder.ts'
import {runWhenStarted} from '../start.ts'
import {fixedIds, openCausal, SMOLLM2} from './causal-subject.ts'
import {openEngine} from './engines.ts'
import {count} from './flags.ts'
import {FLAGS, serve} from './server.ts'
import {randomCheckpoint} from './weights.ts'

await runWhenStarted(import.meta.url, async () => {
  const {values: flags} = parseArgs({
    options: {
      ...FLAGS,
      batch: {type: 'string', default: '1'},
      prompt: {type: 'string', default: '128'}, // tokens of a prompt
      new: {type: 'string', default: '64'}, // tokens generated for each prompt
      folder: {type: 'string'}, // SmolLM2's checkpoint, in place of random weights
      warmup: {...FLAGS.warmup, default: '1'},
    },
  })
  const batch = count('batch', flags.batch)
  const prompt = count('prompt', flags.prompt)
  const added = count('new', flags.new, 2)
  const {model, tensors} = await openCausal(flags.folder ?? (await randomCheckpoint(SMOLLM2)))
  const engine = await openEngine(flags)
  const decoder = openKvDecoder({engine, model, weights: tensors})
  const ids = fixedIds(batch * prompt, model.cache.vocabulary)
  const prompts = Array.from({length: batch}, (_, i) => [...ids.subarray(i * prompt, (i + 1) * prompt)])

  const decode = async () => {
    const start = performance.now()
    const since = () => (performance.now() - start) / 1000
    let prefillSeconds = 0
    const timed = {
      ...decoder,
      async start(prompts: readonly (readonly number[])[]) {
        const logits = await decoder.start(prompts)
        prefillSeconds = since()
        return logits
      },
    }
    await greedy(timed, prompts, {maxNewTokens: added, eosIds: []}) // no eos token
    const seconds = since()
    // all tokens but the first, which comes with the prompt
    return {seconds, prefillSeconds, tokensPerSecond: (batch * (added - 1)) / (seconds - prefillSeconds)}
  }
  await serve(decode, {
    flags,
    engine,
    about: {
      model: 'smollm2',
      batch,
      prompt,
      new: added,
      weightBytes: 4 * totalSize(model.shapes),
    },
  })
  await decoder.dispose()
})
