// Writes what the mini language model has besides its weights: `npx tsx scripts/mini/gsm8k/model.ts`.
import {writeLlama} from '../llama.ts'
import {miniTokenizer, VOCABULARY} from './tokenizer.ts'

writeLlama('llama-mini', miniTokenizer(), VOCABULARY)
