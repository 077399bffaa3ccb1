// Tessera's operations as TensorFlow kernels for the CPU: fused where TensorFlow would take many passes over memory.
// Shapes: B batch, Q query tokens, S key tokens, D width, H heads, M rows, C columns.
#include <cmath>

#include "kernel_support.h"

namespace {

using namespace tessera_kernels;

// ── Random numbers ──────────────────────────────────────────────────────────────────────────────────────────────────

REGISTER_OP("TesseraUniform")
    .Input("seed: int32")
    .Attr("shape: shape")
    .Output("y: float")
    .SetShapeFn([](InferenceContext *context) {
      tensorflow::PartialTensorShape shape;
      TF_RETURN_IF_ERROR(context->GetAttr("shape", &shape));
      ShapeHandle handle;
      TF_RETURN_IF_ERROR(context->MakeShapeFromPartialTensorShape(shape, &handle));
      context->set_output(0, handle);
      return tensorflow::OkStatus();
    });

class Uniform : public OpKernel {
 public:
  explicit Uniform(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("shape", &shape_));
  }
  void Compute(OpKernelContext *context) override {
    const auto seed = seedOf(context->input(0));
    Tensor *y = output(context, 0, shape_);
    if (!y) return;
    float *values = y->flat<float>().data();
    parallel(context, y->NumElements(), 2, [&](int64_t first, int64_t last) {
      math::uniform(seed, static_cast<uint32_t>(first), last - first, values + first);
    });
  }

 private:
  TensorShape shape_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraUniform").Device(DEVICE_CPU), Uniform);

REGISTER_OP("TesseraDropout")
    .Input("x: float")
    .Input("seed: int32")
    .Attr("rate: float")
    .Output("y: float")
    .SetShapeFn(shapedLike<0>);

class Dropout : public OpKernel {
 public:
  explicit Dropout(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("rate", &rate_));
  }
  void Compute(OpKernelContext *context) override {
    const float *x = floats(context, 0);
    const auto seed = seedOf(context->input(1));
    elementwise(context, 2, [&](int64_t first, int64_t count, float *y) {
      math::dropout(seed, static_cast<uint32_t>(first), count, rate_, x + first, y);
    });
  }

 private:
  float rate_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraDropout").Device(DEVICE_CPU), Dropout);

// ── GELU ────────────────────────────────────────────────────────────────────────────────────────────────────────────

REGISTER_OP("TesseraGelu").Input("x: float").Output("y: float").SetShapeFn(shapedLike<0>);

class Gelu : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext *context) override {
    const float *x = floats(context, 0);
    elementwise(context, 4, [&](int64_t first, int64_t count, float *y) { math::gelu(count, x + first, y); });
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraGelu").Device(DEVICE_CPU), Gelu);

REGISTER_OP("TesseraGeluGrad").Input("dy: float").Input("x: float").Output("dx: float").SetShapeFn(shapedLike<0>);

class GeluGradient : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext *context) override {
    const float *dy = floats(context, 0);
    const float *x = floats(context, 1);
    elementwise(context, 6, [&](int64_t first, int64_t count, float *dx) {
      math::geluGradient(count, dy + first, x + first, dx);
    });
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraGeluGrad").Device(DEVICE_CPU), GeluGradient);

// ── Layer normalisation of [M, D] ───────────────────────────────────────────────────────────────────────────────────

REGISTER_OP("TesseraLayerNorm")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Attr("epsilon: float")
    .Output("y: float")
    .Output("mean: float")
    .Output("inverse_std: float")
    .SetShapeFn([](InferenceContext *context) {
      const auto rows = context->Vector(context->Dim(context->input(0), 0));
      context->set_output(0, context->input(0));
      context->set_output(1, rows);
      context->set_output(2, rows);
      return tensorflow::OkStatus();
    });

class LayerNorm : public OpKernel {
 public:
  explicit LayerNorm(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("epsilon", &epsilon_));
  }
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(0).shape();
    const int64_t rows = shape.dim_size(0), size = shape.dim_size(1);
    const float *x = floats(context, 0), *scale = floats(context, 1), *offset = floats(context, 2);
    Tensor *tensor = output(context, 0, shape);
    Tensor *meanTensor = output(context, 1, TensorShape({rows}));
    Tensor *inverseTensor = output(context, 2, TensorShape({rows}));
    if (!tensor || !meanTensor || !inverseTensor) return;
    float *y = tensor->flat<float>().data(), *mean = meanTensor->flat<float>().data();
    float *inverse = inverseTensor->flat<float>().data();
    parallel(context, rows, size, [&](int64_t first, int64_t last) {
      math::layerNorm(last - first, size, epsilon_, x + first * size, scale, offset, y + first * size, mean + first,
                      inverse + first);
    });
  }

 private:
  float epsilon_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraLayerNorm").Device(DEVICE_CPU), LayerNorm);

REGISTER_OP("TesseraLayerNormGrad")
    .Input("dy: float")
    .Input("x: float")
    .Input("scale: float")
    .Input("mean: float")
    .Input("inverse_std: float")
    .Output("dx: float")
    .Output("d_scale: float")
    .Output("d_offset: float")
    .SetShapeFn(shapedLike<0, 2, 2>);

// Sums that each thread's share adds to, joined at the end in an order that does not depend on who was first.
template <typename Number>
class Partial {
 public:
  Partial(int64_t blocks, int64_t size) : size_(size), values_(static_cast<size_t>(blocks * size)) {}
  Number *of(int64_t block) { return values_.data() + block * size_; }
  // The sums, each times its factor if there are factors.
  template <typename Target>
  void into(Target *target, const float *factors = nullptr) const {
    for (int64_t i = 0; i < size_; ++i) {
      Number total = 0;
      for (size_t at = static_cast<size_t>(i); at < values_.size(); at += static_cast<size_t>(size_)) total += values_[at];
      target[i] = static_cast<Target>(factors ? total * factors[i] : total);
    }
  }

 private:
  int64_t size_;
  std::vector<Number> values_;
};

// Cuts rows into equal blocks, of which each runs on one thread; the cut depends on the sizes alone.
struct Blocks {
  Blocks(int64_t rows, int64_t size)
      : rows(rows), count(std::clamp<int64_t>(rows * size / 32768, 1, 16)), each((rows + count - 1) / count) {}
  void run(OpKernelContext *context, int64_t cost,
           const std::function<void(int64_t block, int64_t first, int64_t rows)> &work) const {
    parallel(context, count, each * cost, [&](int64_t from, int64_t to) {
      for (int64_t block = from; block < to; ++block) {
        const int64_t first = block * each;
        if (first < rows) work(block, first, std::min(each, rows - first));
      }
    });
  }
  int64_t rows, count, each;
};

class LayerNormGradient : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(0).shape();
    const int64_t rows = shape.dim_size(0), size = shape.dim_size(1);
    const float *dy = floats(context, 0), *x = floats(context, 1), *scale = floats(context, 2);
    const float *mean = floats(context, 3), *inverse = floats(context, 4);
    Tensor *tensor = output(context, 0, shape);
    Tensor *dScale = output(context, 1, context->input(2).shape());
    Tensor *dOffset = output(context, 2, context->input(2).shape());
    if (!tensor || !dScale || !dOffset) return;
    float *dx = tensor->flat<float>().data();
    const Blocks blocks(rows, size);
    Partial<float> scales(blocks.count, size), offsets(blocks.count, size);
    blocks.run(context, size * 3, [&](int64_t block, int64_t first, int64_t count) {
      math::layerNormGradient(count, size, dy + first * size, x + first * size, scale, mean + first, inverse + first,
                              dx + first * size, scales.of(block), offsets.of(block));
    });
    scales.into(dScale->flat<float>().data());
    offsets.into(dOffset->flat<float>().data());
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraLayerNormGrad").Device(DEVICE_CPU), LayerNormGradient);

// ── Attention over [B, Q, D] and [B, S, D] ──────────────────────────────────────────────────────────────────────────

REGISTER_OP("TesseraAttention")
    .Input("q: float")
    .Input("k: float")
    .Input("v: float")
    .Input("real: int32")  // [B, S], or [0] when all keys are real
    .Input("seed: int32")
    .Attr("num_heads: int")
    .Attr("rate: float")
    .Output("context: float")
    .Output("probabilities: float")
    .SetShapeFn([](InferenceContext *context) {
      int heads;
      TF_RETURN_IF_ERROR(context->GetAttr("num_heads", &heads));
      const auto q = context->input(0), k = context->input(1);
      context->set_output(0, q);
      context->set_output(1, context->MakeShape({context->Dim(q, 0), context->MakeDim(heads), context->Dim(q, 1),
                                                 context->Dim(k, 1)}));
      return tensorflow::OkStatus();
    });

class AttentionBase : public OpKernel {
 public:
  explicit AttentionBase(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("num_heads", &heads_));
    OP_REQUIRES_OK(construction, construction->GetAttr("rate", &rate_));
  }

 protected:
  // Calls `work` for each head with its description and the offsets of its queries, keys and probabilities.
  void forHeads(OpKernelContext *context, const TensorShape &q, const TensorShape &k, const int32_t *real,
                math::Seed seed, const std::function<void(const math::Head &, int64_t, int64_t, int64_t)> &work) const {
    const int64_t batch = q.dim_size(0), queries = q.dim_size(1), width = q.dim_size(2), keys = k.dim_size(1);
    const int64_t size = width / heads_;
    parallel(context, batch * heads_, queries * keys * size / 4, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        const int64_t sample = i / heads_, head = i % heads_;
        const int64_t at = i * queries * keys;
        work({queries, keys, size, width, real ? real + sample * keys : nullptr, rate_, seed,
              static_cast<uint32_t>(at)},
             sample * queries * width + head * size, sample * keys * width + head * size, at);
      }
    });
  }
  int heads_;
  float rate_;
};

class Attention : public AttentionBase {
 public:
  using AttentionBase::AttentionBase;
  void Compute(OpKernelContext *context) override {
    const auto &qShape = context->input(0).shape();
    const auto &kShape = context->input(1).shape();
    const float *q = floats(context, 0), *k = floats(context, 1), *v = floats(context, 2);
    const Tensor &mask = context->input(3);
    const int32_t *real = mask.NumElements() == 0 ? nullptr : mask.flat<int32_t>().data();
    Tensor *joined = output(context, 0, qShape);
    Tensor *kept =
        output(context, 1, TensorShape({qShape.dim_size(0), heads_, qShape.dim_size(1), kShape.dim_size(1)}));
    if (!joined || !kept) return;
    float *y = joined->flat<float>().data(), *probabilities = kept->flat<float>().data();
    forHeads(context, qShape, kShape, real, seedOf(context->input(4)),
             [&](const math::Head &head, int64_t query, int64_t key, int64_t at) {
               math::attention(head, q + query, k + key, v + key, probabilities + at, y + query);
             });
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraAttention").Device(DEVICE_CPU), Attention);

REGISTER_OP("TesseraAttentionGrad")
    .Input("dy: float")
    .Input("q: float")
    .Input("k: float")
    .Input("v: float")
    .Input("probabilities: float")
    .Input("seed: int32")
    .Attr("num_heads: int")
    .Attr("rate: float")
    .Output("dq: float")
    .Output("dk: float")
    .Output("dv: float")
    .SetShapeFn(shapedLike<1, 2, 3>);

class AttentionGradient : public AttentionBase {
 public:
  using AttentionBase::AttentionBase;
  void Compute(OpKernelContext *context) override {
    const auto &qShape = context->input(1).shape();
    const auto &kShape = context->input(2).shape();
    const float *dy = floats(context, 0), *q = floats(context, 1), *k = floats(context, 2), *v = floats(context, 3);
    const float *probabilities = floats(context, 4);
    Tensor *dqTensor = output(context, 0, qShape);
    Tensor *dkTensor = output(context, 1, kShape);
    Tensor *dvTensor = output(context, 2, kShape);
    if (!dqTensor || !dkTensor || !dvTensor) return;
    float *dq = dqTensor->flat<float>().data(), *dk = dkTensor->flat<float>().data();
    float *dv = dvTensor->flat<float>().data();
    forHeads(context, qShape, kShape, nullptr, seedOf(context->input(5)),
             [&](const math::Head &head, int64_t query, int64_t key, int64_t at) {
               math::attentionGradient(head, dy + query, q + query, k + key, v + key, probabilities + at, dq + query,
                                       dk + key, dv + key);
             });
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraAttentionGrad").Device(DEVICE_CPU), AttentionGradient);

// ── Max pooling of [N, H, W, C] ─────────────────────────────────────────────────────────────────────────────────────

// Attributes: `window`, `strides` and `padding` (top, left) of two numbers each, `grid` rows and columns of windows.
class MaxPoolBase : public OpKernel {
 public:
  explicit MaxPoolBase(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("window", &window_));
    OP_REQUIRES_OK(construction, construction->GetAttr("strides", &strides_));
    OP_REQUIRES_OK(construction, construction->GetAttr("padding", &padding_));
    OP_REQUIRES_OK(construction, construction->GetAttr("grid", &grid_));
  }

 protected:
  math::Windows windows(const TensorShape &x) const {
    return {x.dim_size(1), x.dim_size(2), x.dim_size(3), grid_[0],    grid_[1],    window_[0],
            window_[1],    strides_[0],   strides_[1],   padding_[0], padding_[1]};
  }
  static int64_t sizeOf(const TensorShape &shape) { return shape.num_elements() / shape.dim_size(0); }
  TensorShape pooled(const TensorShape &x) const {
    return TensorShape({x.dim_size(0), grid_[0], grid_[1], x.dim_size(3)});
  }

 private:
  std::vector<int64_t> window_, strides_, padding_, grid_;
};

REGISTER_OP("TesseraMaxPool")
    .Input("x: float")
    .Attr("window: list(int)")
    .Attr("strides: list(int)")
    .Attr("padding: list(int)")
    .Attr("grid: list(int)")
    .Output("y: float")
    .SetShapeFn([](InferenceContext *context) {
      std::vector<int64_t> grid;
      TF_RETURN_IF_ERROR(context->GetAttr("grid", &grid));
      const auto x = context->input(0);
      context->set_output(0, context->MakeShape({context->Dim(x, 0), context->MakeDim(grid[0]),
                                                 context->MakeDim(grid[1]), context->Dim(x, 3)}));
      return tensorflow::OkStatus();
    });

class MaxPool : public MaxPoolBase {
 public:
  using MaxPoolBase::MaxPoolBase;
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(0).shape();
    const float *x = floats(context, 0);
    Tensor *tensor = output(context, 0, pooled(shape));
    if (!tensor) return;
    float *y = tensor->flat<float>().data();
    const int64_t inputSize = sizeOf(shape), outputSize = sizeOf(tensor->shape());
    parallel(context, shape.dim_size(0), inputSize * 2, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) math::maxPool(windows(shape), x + i * inputSize, y + i * outputSize);
    });
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraMaxPool").Device(DEVICE_CPU), MaxPool);

REGISTER_OP("TesseraMaxPoolGrad")
    .Input("dy: float")
    .Input("x: float")
    .Input("y: float")
    .Attr("window: list(int)")
    .Attr("strides: list(int)")
    .Attr("padding: list(int)")
    .Attr("grid: list(int)")
    .Output("dx: float")
    .SetShapeFn(shapedLike<1>);

class MaxPoolGradient : public MaxPoolBase {
 public:
  using MaxPoolBase::MaxPoolBase;
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(1).shape();
    const float *dy = floats(context, 0), *x = floats(context, 1), *y = floats(context, 2);
    Tensor *tensor = output(context, 0, shape);
    if (!tensor) return;
    float *dx = tensor->flat<float>().data();
    const int64_t inputSize = sizeOf(shape), outputSize = sizeOf(context->input(2).shape());
    parallel(context, shape.dim_size(0), inputSize * 3, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i)
        math::maxPoolGradient(windows(shape), dy + i * outputSize, x + i * inputSize, y + i * outputSize,
                              dx + i * inputSize);
    });
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraMaxPoolGrad").Device(DEVICE_CPU), MaxPoolGradient);

// ── Batch normalisation of [M, C], with the residual sum and ReLU that follow it ────────────────────────────────────

REGISTER_OP("TesseraAffine")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Input("residual: residual_count * float")
    .Attr("residual_count: int >= 0")
    .Attr("relu: bool")
    .Output("y: float")
    .SetShapeFn(shapedLike<0>);

// The residual input that Affine and BatchNorm may have after their other three.
const float *residualOf(OpKernelContext *context) { return context->num_inputs() > 3 ? floats(context, 3) : nullptr; }

class Affine : public OpKernel {
 public:
  explicit Affine(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("relu", &relu_));
  }
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(0).shape();
    const int64_t rows = shape.dim_size(0), size = shape.dim_size(1);
    const float *x = floats(context, 0), *scale = floats(context, 1), *offset = floats(context, 2);
    const float *residual = residualOf(context);
    Tensor *tensor = outputOver(context, 0, shape);
    if (!tensor) return;
    float *y = tensor->flat<float>().data();
    parallel(context, rows, size, [&](int64_t first, int64_t last) {
      math::affine(last - first, size, relu_, x + first * size, scale, offset,
                   residual ? residual + first * size : nullptr, y + first * size);
    });
  }

 private:
  bool relu_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraAffine").Device(DEVICE_CPU), Affine);

REGISTER_OP("TesseraBatchNorm")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Input("residual: residual_count * float")
    .Attr("residual_count: int >= 0")
    .Attr("epsilon: float")
    .Attr("relu: bool")
    .Output("y: float")
    .Output("mean: float")
    .Output("variance: float")
    .Output("inverse_std: float")
    .SetShapeFn(shapedLike<0, 1, 1, 1>);

class BatchNorm : public OpKernel {
 public:
  explicit BatchNorm(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("relu", &relu_));
    OP_REQUIRES_OK(construction, construction->GetAttr("epsilon", &epsilon_));
  }
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(0).shape();
    const int64_t rows = shape.dim_size(0), size = shape.dim_size(1);
    const float *x = floats(context, 0), *scale = floats(context, 1), *offset = floats(context, 2);
    const float *residual = residualOf(context);
    const TensorShape vector({size});
    Tensor *outputs[] = {output(context, 0, shape), output(context, 1, vector), output(context, 2, vector),
                         output(context, 3, vector)};
    for (const Tensor *tensor : outputs)
      if (!tensor) return;
    float *y = outputs[0]->flat<float>().data(), *mean = outputs[1]->flat<float>().data();
    float *variance = outputs[2]->flat<float>().data(), *inverse = outputs[3]->flat<float>().data();
    const Blocks blocks(rows, size);
    moments(context, blocks, size, x, mean, variance);
    std::vector<float> factor(static_cast<size_t>(size)), shift(static_cast<size_t>(size));
    for (int64_t i = 0; i < size; ++i) {
      inverse[i] = 1.0f / std::sqrt(variance[i] + epsilon_);
      factor[i] = scale[i] * inverse[i];
      shift[i] = offset[i] - mean[i] * factor[i];
    }
    blocks.run(context, size, [&](int64_t, int64_t first, int64_t count) {
      math::affine(count, size, relu_, x + first * size, factor.data(), shift.data(),
                   residual ? residual + first * size : nullptr, y + first * size);
    });
  }

 private:
  // Moments about the first row, so that a large mean costs no digits.
  static void moments(OpKernelContext *context, const Blocks &blocks, int64_t size, const float *x, float *mean,
                      float *variance) {
    Partial<double> sums(blocks.count, size), squares(blocks.count, size);
    blocks.run(context, size, [&](int64_t block, int64_t first, int64_t count) {
      math::columnMoments(count, size, x + first * size, x, sums.of(block), squares.of(block));
    });
    std::vector<double> sum(static_cast<size_t>(size)), square(static_cast<size_t>(size));
    sums.into(sum.data());
    squares.into(square.data());
    const auto rows = static_cast<double>(blocks.rows);
    for (int64_t i = 0; i < size; ++i) {
      const double centre = sum[i] / rows;
      mean[i] = static_cast<float>(x[i] + centre);
      variance[i] = static_cast<float>(std::max(square[i] / rows - centre * centre, 0.0));
    }
  }
  bool relu_;
  float epsilon_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraBatchNorm").Device(DEVICE_CPU), BatchNorm);

REGISTER_OP("TesseraBatchNormGrad")
    .Input("dy: float")
    .Input("x: float")
    .Input("y: float")
    .Input("scale: float")
    .Input("mean: float")
    .Input("inverse_std: float")
    .Attr("relu: bool")
    .Attr("residual_count: int >= 0")
    .Output("dx: float")
    .Output("d_scale: float")
    .Output("d_offset: float")
    .Output("d_residual: residual_count * float")
    .SetShapeFn([](InferenceContext *context) {
      for (int i = 3; i < context->num_outputs(); ++i) context->set_output(i, context->input(1));
      return shapedLike<1, 3, 3>(context);
    });

class BatchNormGradient : public OpKernel {
 public:
  explicit BatchNormGradient(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("relu", &relu_));
  }
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(1).shape();
    const int64_t rows = shape.dim_size(0), size = shape.dim_size(1);
    const float *dy = floats(context, 0), *x = floats(context, 1), *y = floats(context, 2);
    const float *scale = floats(context, 3), *mean = floats(context, 4), *inverse = floats(context, 5);
    const TensorShape vector({size});
    Tensor *dxTensor = output(context, 0, shape);
    Tensor *dScale = output(context, 1, vector);
    Tensor *dOffset = output(context, 2, vector);
    Tensor *residual = context->num_outputs() > 3 ? output(context, 3, shape) : nullptr;
    if (!dxTensor || !dScale || !dOffset || (context->num_outputs() > 3 && !residual)) return;
    float *dx = dxTensor->flat<float>().data();
    float *through = residual ? residual->flat<float>().data() : nullptr;
    const Blocks blocks(rows, size);
    Partial<double> offsets(blocks.count, size), scales(blocks.count, size);
    blocks.run(context, size * 2, [&](int64_t block, int64_t first, int64_t count) {
      math::batchNormSums(count, size, relu_, dy + first * size, x + first * size, y + first * size, mean,
                          offsets.of(block), scales.of(block));
    });
    offsets.into(dOffset->flat<float>().data());
    scales.into(dScale->flat<float>().data(), inverse);
    std::vector<float> factor(static_cast<size_t>(size)), meanOffset(factor), meanScale(factor);
    for (int64_t i = 0; i < size; ++i) {
      factor[i] = scale[i] * inverse[i];
      meanOffset[i] = dOffset->flat<float>()(i) / static_cast<float>(rows);
      meanScale[i] = dScale->flat<float>()(i) / static_cast<float>(rows);
    }
    blocks.run(context, size * 2, [&](int64_t, int64_t first, int64_t count) {
      math::batchNormInput(count, size, relu_, dy + first * size, x + first * size, y + first * size, mean, inverse,
                           factor.data(), meanOffset.data(), meanScale.data(), dx + first * size,
                           through ? through + first * size : nullptr);
    });
  }

 private:
  bool relu_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraBatchNormGrad").Device(DEVICE_CPU), BatchNormGradient);

}  // namespace
