export { tsyringeContainer } from './container/tsyringeContainer.js';
