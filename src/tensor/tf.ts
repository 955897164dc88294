// The one door to TensorFlow.js: nothing else in this repository imports '@tensorflow/*'.
export * from '@tensorflow/tfjs-core'
