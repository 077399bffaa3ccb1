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

}  // namespace
