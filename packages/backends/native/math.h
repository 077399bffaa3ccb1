// The arithmetic of Tessera's TensorFlow kernels on plain arrays, one thread's share at a time. Compiled for the machine
// at hand (-march=native); it includes nothing of TensorFlow, whose inline code must not be compiled twice in two ways.
// Legend: count in floats; rows × size matrices are row-major; indices for random numbers are flat in the whole tensor.
#pragma once

#include <cstdint>

namespace tessera_math {

/// Two numbers that a sequence of random numbers is a function of.
struct Seed {
  int32_t first;
  int32_t second;
};

/// Uniform numbers in [0, 1) of the indices from `index` on; the algorithm is documented at `statelessUniform` in
/// @tessera/layers.
void uniform(Seed seed, uint32_t index, int64_t count, float *y);

/// y = x/(1 - rate) where the index's number is at least `rate`, else 0. `x` may be `y`.
void dropout(Seed seed, uint32_t index, int64_t count, float rate, const float *x, float *y);

/// y = x·Φ(x).
void gelu(int64_t count, const float *x, float *y);
/// dx = dy·(Φ(x) + x·φ(x)).
void geluGradient(int64_t count, const float *dy, const float *x, float *dx);

/// y = (x - mean)/√(variance + epsilon)·scale + offset by rows, and each row's mean and 1/√(variance + epsilon).
void layerNorm(int64_t rows, int64_t size, float epsilon, const float *x, const float *scale, const float *offset,
               float *y, float *mean, float *inverseStd);
/// dx; adds to dScale and dOffset.
void layerNormGradient(int64_t rows, int64_t size, const float *dy, const float *x, const float *scale,
                       const float *mean, const float *inverseStd, float *dx, float *dScale, float *dOffset);

/// What one AdamW update takes; p ← p(1 - lr·wd) - lr/c1 · m / (√v/√c2 + ε) with the gradient times `scale`.
struct AdamW {
  float learningRate, correction1, correction2, scale, beta1, beta2, epsilon, weightDecay;
};
void adamW(const AdamW &options, int64_t count, const float *gradient, float *parameter, float *m, float *v);
/// y ← kept·y + share·x.
void blend(int64_t count, float kept, float share, const float *x, float *y);
/// Σ x² of at most some ten thousand values.
double sumOfSquares(int64_t count, const float *x);

/// y = x·scale + offset by columns, then plus `residual` (may be null), then ReLU if asked for.
void affine(int64_t rows, int64_t size, bool relu, const float *x, const float *scale, const float *offset,
            const float *residual, float *y);

/// Adds Σ w·(x - shift) and Σ w·(x - shift)² by columns; each row's w is 1 where `weights` is null.
void columnMoments(int64_t rows, int64_t size, const float *x, const float *shift, const float *weights, double *sum,
                   double *squares);
/// Batch norm's gradient, first pass: adds Σ g and Σ g·(x - mean) by columns, g = dy where y > 0 or everywhere.
void batchNormSums(int64_t rows, int64_t size, bool relu, const float *dy, const float *x, const float *y,
                   const float *mean, double *gradients, double *products);
/// What the second pass takes for each column; factor = scale/√(variance + epsilon).
struct BatchNormGradients {
  const float *mean, *inverseStd, *factor, *dOffset, *dScale;
};
/// Second pass: dx = factor·(g - share·(dOffset + normalised·dScale)) with each row's share in the statistics; also g itself
/// where `through` is given.
void batchNormInput(int64_t rows, int64_t size, bool relu, const float *dy, const float *x, const float *y,
                    const float *shares, const BatchNormGradients &columns, float *dx, float *through);

/// Windows over one image [height, width, channels]; padded places never win.
struct Windows {
  int64_t height, width, channels, rows, columns;  ///< rows × columns windows
  int64_t windowHeight, windowWidth, strideHeight, strideWidth, top, left;
};
void maxPool(const Windows &windows, const float *x, float *y);
/// dx; the first largest place of a window in row-major order gets its gradient.
void maxPoolGradient(const Windows &windows, const float *dy, const float *x, const float *y, float *dx);

/// One head of one sample. Q, K, V and context rows lie `stride` floats apart.
struct Head {
  int64_t queries, keys, size, stride;
  const int32_t *real;  ///< [keys], null when all are real
  float rate;
  Seed seed;
  uint32_t index;  ///< of the head's first probability
};
/// probabilities [queries, keys] before dropout, and context.
void attention(const Head &head, const float *q, const float *k, const float *v, float *probabilities, float *context);
void attentionGradient(const Head &head, const float *dy, const float *q, const float *k, const float *v,
                       const float *probabilities, float *dq, float *dk, float *dv);

}  // namespace tessera_math
