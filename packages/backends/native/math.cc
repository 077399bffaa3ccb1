// compile with: -O3 -march=native -fno-math-errno -fno-trapping-math -fassociative-math -fno-signed-zeros
#include "math.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>
#include <vector>

namespace tessera_math {
namespace {

inline uint32_t mix(uint32_t h) {
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return h ^ (h >> 16);
}

inline uint32_t startOf(Seed seed) { return mix(static_cast<uint32_t>(seed.first) ^ 0x9e3779b9u); }

inline float number(uint32_t start, uint32_t second, uint32_t index) {
  const uint32_t bits = mix(mix(start + index * 0x9e3779b1u) ^ second) >> 8;
  return static_cast<float>(static_cast<int32_t>(bits)) * (1.0f / 16777216.0f);
}

// e^x with a relative error below 2e-7 (Cephes expf: x = n·ln 2 + r, polynomial in r); NaN stays NaN.
inline float exponential(float x) {
  const bool low = x < -87.33654f;
  x = x > 88.37626f ? 88.37626f : x;
  x = low ? -87.33654f : x;
  const float n = std::floor(x * 1.44269504088896341f + 0.5f);
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof(power));
  return low ? 0.0f : p * power;
}

// erf(x) with an absolute error below 2e-7: a rational function on [-4, 4], beyond which erf is ±1 in float32.
inline float errorFunction(float x) {
  x = x > 4.0f ? 4.0f : x;
  x = x < -4.0f ? -4.0f : x;
  const float t = x * x;
  float p = -2.72614225801306e-10f;
  p = p * t + 2.77068142495902e-8f;
  p = p * t - 2.10102402082508e-6f;
  p = p * t - 5.69250639462346e-5f;
  p = p * t - 7.34990630326855e-4f;
  p = p * t - 2.954599808540e-3f;
  p = p * t - 1.60960333262415e-2f;
  float q = -1.45660718464996e-5f;
  q = q * t - 2.13374055278905e-4f;
  q = q * t - 1.68282697438203e-3f;
  q = q * t - 7.37332916720468e-3f;
  q = q * t - 1.42647390514189e-2f;
  return x * p / q;
}

inline float cumulative(float x) { return 0.5f * (errorFunction(x * 0.70710678118654752f) + 1.0f); }

constexpr int64_t panelWidth = 32;
constexpr int64_t tileRows = 6;

// Sixteen floats; the compiler makes of it what the machine has.
typedef float Lanes __attribute__((vector_size(64), aligned(4)));

// c[rows, 32] = scale · a · panel, a(i, k) = a[i·aRow + k·aColumn], panel [depth, 32].
template <int rows>
void tile(int64_t depth, const float *a, int64_t aRow, int64_t aColumn, const float *panel, float scale, float *c) {
  Lanes sums[rows][2] = {};
  for (int64_t k = 0; k < depth; ++k) {
    const Lanes left = *reinterpret_cast<const Lanes *>(panel + k * panelWidth);
    const Lanes right = *reinterpret_cast<const Lanes *>(panel + k * panelWidth + 16);
#pragma GCC unroll 6
    for (int i = 0; i < rows; ++i) {
      const float value = a[i * aRow + k * aColumn];
      sums[i][0] += value * left;
      sums[i][1] += value * right;
    }
  }
  for (int i = 0; i < rows; ++i) {
    *reinterpret_cast<Lanes *>(c + i * panelWidth) = sums[i][0] * scale;
    *reinterpret_cast<Lanes *>(c + i * panelWidth + 16) = sums[i][1] * scale;
  }
}

struct Matrix {
  const float *data;
  int64_t row, column;  // steps between rows and between columns
};

// c[m, n] = scale · a[m, depth] · b[depth, n]; rows of c lie `cRow` apart. For the small products of attention.
void multiply(int64_t m, int64_t n, int64_t depth, Matrix a, Matrix b, float scale, float *c, int64_t cRow,
              std::vector<float> &scratch) {
  scratch.resize(static_cast<size_t>((depth + tileRows) * panelWidth));
  float *panel = scratch.data();
  float *block = panel + depth * panelWidth;
  for (int64_t j = 0; j < n; j += panelWidth) {
    const int64_t width = std::min(panelWidth, n - j);
    for (int64_t k = 0; k < depth; ++k) {
      const float *from = b.data + k * b.row + j * b.column;
      float *to = panel + k * panelWidth;
      for (int64_t x = 0; x < width; ++x) to[x] = from[x * b.column];
      for (int64_t x = width; x < panelWidth; ++x) to[x] = 0;
    }
    for (int64_t i = 0; i < m; i += tileRows) {
      const int64_t rows = std::min(tileRows, m - i);
      const float *from = a.data + i * a.row;
      switch (rows) {
        case 6: tile<6>(depth, from, a.row, a.column, panel, scale, block); break;
        case 5: tile<5>(depth, from, a.row, a.column, panel, scale, block); break;
        case 4: tile<4>(depth, from, a.row, a.column, panel, scale, block); break;
        case 3: tile<3>(depth, from, a.row, a.column, panel, scale, block); break;
        case 2: tile<2>(depth, from, a.row, a.column, panel, scale, block); break;
        default: tile<1>(depth, from, a.row, a.column, panel, scale, block);
      }
      for (int64_t y = 0; y < rows; ++y)
        std::memcpy(c + (i + y) * cRow + j, block + y * panelWidth, static_cast<size_t>(width) * sizeof(float));
    }
  }
}

// Softmax over the real keys; padding gets 0, and so does a row without any real key.
void softmax(const Head &head, float *row) {
  constexpr float lowest = -3.4028235e38f;
  float largest = lowest;
  for (int64_t j = 0; j < head.keys; ++j) {
    if (head.real && head.real[j] == 0) row[j] = lowest;
    largest = row[j] < largest ? largest : row[j];
  }
  if (largest == lowest) {
    std::fill(row, row + head.keys, 0.0f);
    return;
  }
  float total = 0;
  for (int64_t j = 0; j < head.keys; ++j) {
    row[j] = exponential(row[j] - largest);
    total += row[j];
  }
  const float factor = 1.0f / total;
  for (int64_t j = 0; j < head.keys; ++j) row[j] *= factor;
}

}  // namespace

void uniform(Seed seed, uint32_t index, int64_t count, float *y) {
  const uint32_t start = startOf(seed);
  const uint32_t second = static_cast<uint32_t>(seed.second);
  for (int64_t i = 0; i < count; ++i) y[i] = number(start, second, index + static_cast<uint32_t>(i));
}

void dropout(Seed seed, uint32_t index, int64_t count, float rate, const float *x, float *y) {
  const uint32_t start = startOf(seed);
  const uint32_t second = static_cast<uint32_t>(seed.second);
  const float factor = 1.0f / (1.0f - rate);
  for (int64_t i = 0; i < count; ++i)
    y[i] = number(start, second, index + static_cast<uint32_t>(i)) >= rate ? x[i] * factor : 0.0f;
}

void gelu(int64_t count, const float *x, float *y) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] * cumulative(x[i]);
}

void geluGradient(int64_t count, const float *dy, const float *x, float *dx) {
  for (int64_t i = 0; i < count; ++i) {
    const float density = exponential(-0.5f * x[i] * x[i]) * 0.39894228040143268f;
    dx[i] = dy[i] * (cumulative(x[i]) + x[i] * density);
  }
}

void layerNorm(int64_t rows, int64_t size, float epsilon, const float *x, const float *scale, const float *offset,
               float *y, float *mean, float *inverseStd) {
  for (int64_t row = 0; row < rows; ++row, x += size, y += size) {
    float total = 0;
    for (int64_t i = 0; i < size; ++i) total += x[i];
    const float average = total / static_cast<float>(size);
    float squares = 0;
    for (int64_t i = 0; i < size; ++i) squares += (x[i] - average) * (x[i] - average);
    const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(size) + epsilon);
    for (int64_t i = 0; i < size; ++i) y[i] = (x[i] - average) * inverse * scale[i] + offset[i];
    mean[row] = average;
    inverseStd[row] = inverse;
  }
}

void layerNormGradient(int64_t rows, int64_t size, const float *dy, const float *x, const float *scale,
                       const float *mean, const float *inverseStd, float *dx, float *dScale, float *dOffset) {
  for (int64_t row = 0; row < rows; ++row, x += size, dy += size, dx += size) {
    const float average = mean[row];
    const float inverse = inverseStd[row];
    float sum = 0, product = 0;
    for (int64_t i = 0; i < size; ++i) {
      const float normalised = (x[i] - average) * inverse;
      const float scaled = dy[i] * scale[i];
      sum += scaled;
      product += scaled * normalised;
      dScale[i] += dy[i] * normalised;
      dOffset[i] += dy[i];
    }
    sum /= static_cast<float>(size);
    product /= static_cast<float>(size);
    for (int64_t i = 0; i < size; ++i)
      dx[i] = (dy[i] * scale[i] - sum - (x[i] - average) * inverse * product) * inverse;
  }
}

void adamW(const AdamW &o, int64_t count, const float *gradient, float *parameter, float *m, float *v) {
  const float kept = 1.0f - o.learningRate * o.weightDecay;
  const float step = o.learningRate / o.correction1;
  const float root = 1.0f / std::sqrt(o.correction2);
  for (int64_t i = 0; i < count; ++i) {
    const float g = gradient[i] * o.scale;
    m[i] = m[i] * o.beta1 + g * (1.0f - o.beta1);
    v[i] = v[i] * o.beta2 + g * g * (1.0f - o.beta2);
    parameter[i] = parameter[i] * kept - step * (m[i] / (std::sqrt(v[i]) * root + o.epsilon));
  }
}

void blend(int64_t count, float kept, float share, const float *x, float *y) {
  for (int64_t i = 0; i < count; ++i) y[i] = y[i] * kept + x[i] * share;
}

double sumOfSquares(int64_t count, const float *x) {
  constexpr int64_t lanes = 16;
  double sums[lanes] = {};
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const double value = x[i + lane];
      sums[lane] += value * value;
    }
  for (; i < count; ++i) sums[0] += static_cast<double>(x[i]) * x[i];
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

namespace {

template <bool withResidual>
void affineRows(int64_t rows, int64_t size, bool relu, const float *x, const float *scale, const float *offset,
                const float *residual, float *y) {
  for (int64_t row = 0; row < rows; ++row, x += size, y += size) {
    for (int64_t i = 0; i < size; ++i) {
      float value = x[i] * scale[i] + offset[i];
      if constexpr (withResidual) value += residual[i];
      y[i] = relu && value < 0 ? 0 : value;
    }
    if constexpr (withResidual) residual += size;
  }
}

// Adds two sums by columns, to `first` and `second` [size]. They stay in float32 for a block of rows; `addRow` adds one row's
// share to the block's two.
template <typename AddRow>
void addColumnSums(int64_t rows, int64_t size, double *first, double *second, const AddRow &addRow) {
  constexpr int64_t block = 64;
  std::vector<float> sums(static_cast<size_t>(2 * size));
  for (int64_t start = 0; start < rows; start += block) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (int64_t row = start; row < std::min(rows, start + block); ++row) addRow(row, sums.data(), sums.data() + size);
    for (int64_t i = 0; i < size; ++i) {
      first[i] += sums[i];
      second[i] += sums[size + i];
    }
  }
}

}  // namespace

void affine(int64_t rows, int64_t size, bool relu, const float *x, const float *scale, const float *offset,
            const float *residual, float *y) {
  const auto run = residual ? affineRows<true> : affineRows<false>;
  run(rows, size, relu, x, scale, offset, residual, y);
}

void columnMoments(int64_t rows, int64_t size, const float *x, const float *shift, const float *weights, double *sum,
                   double *squares) {
  addColumnSums(rows, size, sum, squares, [&](int64_t row, float *ofValues, float *ofSquares) {
    const float *values = x + row * size;
    const float weight = weights ? weights[row] : 1.0f;
    for (int64_t i = 0; i < size; ++i) {
      const float centred = values[i] - shift[i];
      ofValues[i] += weight * centred;
      ofSquares[i] += weight * centred * centred;
    }
  });
}

void batchNormSums(int64_t rows, int64_t size, bool relu, const float *dy, const float *x, const float *y,
                   const float *mean, double *gradients, double *products) {
  addColumnSums(rows, size, gradients, products, [&](int64_t row, float *ofGradients, float *ofProducts) {
    const float *dyRow = dy + row * size, *xRow = x + row * size, *yRow = y + row * size;
    for (int64_t i = 0; i < size; ++i) {
      const float g = relu && !(yRow[i] > 0) ? 0 : dyRow[i];
      ofGradients[i] += g;
      ofProducts[i] += g * (xRow[i] - mean[i]);
    }
  });
}

void batchNormInput(int64_t rows, int64_t size, bool relu, const float *dy, const float *x, const float *y,
                    const float *shares, const BatchNormGradients &columns, float *dx, float *through) {
  const auto [mean, inverseStd, factor, dOffset, dScale] = columns;
  for (int64_t row = 0; row < rows; ++row, dy += size, x += size, y += size, dx += size) {
    const float share = shares[row];
    for (int64_t i = 0; i < size; ++i) {
      const float g = relu && !(y[i] > 0) ? 0 : dy[i];
      dx[i] = factor[i] * (g - share * (dOffset[i] + (x[i] - mean[i]) * inverseStd[i] * dScale[i]));
    }
    if (through) {
      for (int64_t i = 0; i < size; ++i) through[i] = relu && !(y[i] > 0) ? 0 : dy[i];
      through += size;
    }
  }
}

namespace {

// Calls `place` for each place of each window that lies inside the image, with offsets into y and x.
template <typename Place>
void forPlaces(const Windows &w, const Place &place) {
  for (int64_t row = 0; row < w.rows; ++row) {
    for (int64_t column = 0; column < w.columns; ++column) {
      const int64_t to = (row * w.columns + column) * w.channels;
      const int64_t top = row * w.strideHeight - w.top, left = column * w.strideWidth - w.left;
      bool first = true;
      for (int64_t i = std::max<int64_t>(top, 0); i < std::min(top + w.windowHeight, w.height); ++i) {
        for (int64_t j = std::max<int64_t>(left, 0); j < std::min(left + w.windowWidth, w.width); ++j) {
          place(to, (i * w.width + j) * w.channels, first);
          first = false;
        }
      }
    }
  }
}

}  // namespace

void maxPool(const Windows &w, const float *x, float *y) {
  forPlaces(w, [&](int64_t to, int64_t from, bool first) {
    if (first) {
      std::memcpy(y + to, x + from, static_cast<size_t>(w.channels) * sizeof(float));
      return;
    }
    for (int64_t c = 0; c < w.channels; ++c) y[to + c] = x[from + c] > y[to + c] ? x[from + c] : y[to + c];
  });
}

void maxPoolGradient(const Windows &w, const float *dy, const float *x, const float *y, float *dx) {
  std::fill(dx, dx + w.height * w.width * w.channels, 0.0f);
  std::vector<float> left(static_cast<size_t>(w.channels));
  forPlaces(w, [&](int64_t to, int64_t from, bool first) {
    if (first) std::memcpy(left.data(), dy + to, static_cast<size_t>(w.channels) * sizeof(float));
    for (int64_t c = 0; c < w.channels; ++c) {
      const float share = x[from + c] == y[to + c] ? left[c] : 0.0f;
      dx[from + c] += share;
      left[c] -= share;
    }
  });
}

void attention(const Head &head, const float *q, const float *k, const float *v, float *probabilities,
               float *context) {
  thread_local std::vector<float> scratch, dropped;
  const auto [queries, keys, size, stride] = std::tuple{head.queries, head.keys, head.size, head.stride};
  const float scale = 1.0f / std::sqrt(static_cast<float>(size));
  multiply(queries, keys, size, {q, stride, 1}, {k, 1, stride}, scale, probabilities, keys, scratch);
  for (int64_t i = 0; i < queries; ++i) softmax(head, probabilities + i * keys);
  const float *weights = probabilities;
  if (head.rate > 0) {
    dropped.resize(static_cast<size_t>(queries * keys));
    dropout(head.seed, head.index, queries * keys, head.rate, probabilities, dropped.data());
    weights = dropped.data();
  }
  multiply(queries, size, keys, {weights, keys, 1}, {v, stride, 1}, 1.0f, context, stride, scratch);
}

void attentionGradient(const Head &head, const float *dy, const float *q, const float *k, const float *v,
                       const float *probabilities, float *dq, float *dk, float *dv) {
  thread_local std::vector<float> scratch, dropped, dScores;
  const auto [queries, keys, size, stride] = std::tuple{head.queries, head.keys, head.size, head.stride};
  const float scale = 1.0f / std::sqrt(static_cast<float>(size));
  const int64_t count = queries * keys;
  dScores.resize(static_cast<size_t>(count));
  const float *weights = probabilities;
  multiply(queries, keys, size, {dy, stride, 1}, {v, 1, stride}, 1.0f, dScores.data(), keys, scratch);
  if (head.rate > 0) {
    dropped.resize(static_cast<size_t>(count));
    dropout(head.seed, head.index, count, head.rate, probabilities, dropped.data());
    dropout(head.seed, head.index, count, head.rate, dScores.data(), dScores.data());
    weights = dropped.data();
  }
  multiply(keys, size, queries, {weights, 1, keys}, {dy, stride, 1}, 1.0f, dv, stride, scratch);
  for (int64_t i = 0; i < queries; ++i) {
    const float *p = probabilities + i * keys;
    float *d = dScores.data() + i * keys;
    float total = 0;
    for (int64_t j = 0; j < keys; ++j) total += d[j] * p[j];
    for (int64_t j = 0; j < keys; ++j) d[j] = p[j] * (d[j] - total);
  }
  multiply(queries, size, keys, {dScores.data(), keys, 1}, {k, stride, 1}, scale, dq, stride, scratch);
  multiply(keys, size, queries, {dScores.data(), 1, keys}, {q, stride, 1}, scale, dk, stride, scratch);
}

}  // namespace tessera_math
