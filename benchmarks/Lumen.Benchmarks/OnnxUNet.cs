using Lumen.Models.Denoising;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// The graph of a <see cref="UNet2DConditionModel"/> as PyTorch's exporter would write it (group norms by instance norms, attention by
/// matrix products and a softmax), with the network's own weights, for one shape.
/// </summary>
internal sealed class OnnxUNet
{
    private readonly OnnxModel _model;
    private readonly UNetConfig _config;
    private readonly Dictionary<string, Tensor> _state;
    private readonly (long Batch, long Side, long Tokens) _shape;
    private string _time = "";

    private OnnxUNet(OnnxModel model, UNet2DConditionModel unet, (long Batch, long Side, long Tokens) shape)
    {
        (_model, _config, _shape) = (model, unet.Config, shape);
        _state = unet.state_dict();
    }

    /// <summary>
    /// Writes the file; its inputs are <c>sample</c> [B, C, H, W], <c>time</c> [B, C0] (sines and cosines) and <c>context</c> [B, S, E].
    /// </summary>
    /// <returns>Its path.</returns>
    public static string Write(UNet2DConditionModel unet, string folder, (long Batch, long Side, long Tokens) shape)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var model = new OnnxModel(folder);
        return new OnnxUNet(model, unet, shape).Graph();
    }

    private string Graph()
    {
        var (batch, side, tokens) = _shape;
        _model.Input("sample", batch, _config.InChannels, side, side);
        _model.Input("time", batch, _config.BlockOutChannels[0]);
        _model.Input("context", batch, tokens, _config.CrossAttentionDim);
        _time = Swish(Linear(Swish(Linear("time", "time_embedding.linear_1")), "time_embedding.linear_2"));
        var levels = _config.BlockOutChannels.Count;
        var x = Convolution("sample", "conv_in");
        var skips = new Stack<(string Map, int Level)>([(x, 0)]);
        for (var level = 0; level < levels; level++)
        {
            for (var layer = 0; layer < _config.LayersPerBlock; layer++)
            {
                x = Resnet(x, $"down_blocks.{level}.resnets.{layer}", level);
                if (_config.DownAttention[level])
                    x = Transformer(x, $"down_blocks.{level}.attentions.{layer}", level);
                skips.Push((x, level));
            }
            if (level < levels - 1)
            {
                x = Convolution(x, $"down_blocks.{level}.downsamplers.0.conv", stride: 2);
                skips.Push((x, level + 1));
            }
        }
        x = Resnet(x, "mid_block.resnets.0", levels - 1);
        x = Resnet(Transformer(x, "mid_block.attentions.0", levels - 1), "mid_block.resnets.1", levels - 1);
        for (var index = 0; index < levels; index++)
        {
            var level = levels - 1 - index;
            for (var layer = 0; layer <= _config.LayersPerBlock; layer++)
            {
                x = _model.Node("Concat", [x, skips.Pop().Map], OnnxModel.Integer("axis", 1));
                x = Resnet(x, $"up_blocks.{index}.resnets.{layer}", level);
                if (_config.UpAttention[index])
                    x = Transformer(x, $"up_blocks.{index}.attentions.{layer}", level);
            }
            if (index < levels - 1)
                x = Convolution(Enlarged(x), $"up_blocks.{index}.upsamplers.0.conv");
        }
        x = Swish(GroupNorm(x, "conv_norm_out", 0, _config.NormEps));
        return _model.Save(Convolution(x, "conv_out"), batch, _config.OutChannels, side, side);
    }

    private string Resnet(string x, string name, int level)
    {
        var shift = _model.Node("Unsqueeze", [Linear(_time, $"{name}.time_emb_proj"), _model.Integers(2, 3)]);
        var h = Convolution(Swish(GroupNorm(x, $"{name}.norm1", level, _config.NormEps)), $"{name}.conv1");
        h = _model.Node("Add", [h, shift]);
        h = Convolution(Swish(GroupNorm(h, $"{name}.norm2", level, _config.NormEps)), $"{name}.conv2");
        var shortcut = _state.ContainsKey($"{name}.conv_shortcut.weight") ? Convolution(x, $"{name}.conv_shortcut") : x;
        return _model.Node("Add", [shortcut, h]);
    }

    private string Transformer(string x, string name, int level)
    {
        var (width, side) = (_config.BlockOutChannels[level], Side(level));
        var h = Convolution(GroupNorm(x, $"{name}.norm", level, 1e-6), $"{name}.proj_in");
        h = Reshaped(_model.Node("Transpose", [h], OnnxModel.Row("perm", 0, 2, 3, 1)), _shape.Batch, side * side, width);
        for (var block = 0; block < _config.TransformerLayersPerBlock[level]; block++)
        {
            var at = $"{name}.transformer_blocks.{block}";
            var normed = LayerNorm(h, $"{at}.norm1");
            h = _model.Node("Add", [Attention(normed, normed, $"{at}.attn1", level, side * side), h]);
            h = _model.Node("Add", [Attention(LayerNorm(h, $"{at}.norm2"), "context", $"{at}.attn2", level, _shape.Tokens), h]);
            h = _model.Node("Add", [FeedForward(LayerNorm(h, $"{at}.norm3"), $"{at}.ff.net"), h]);
        }
        h = _model.Node("Transpose", [Reshaped(h, _shape.Batch, side, side, width)], OnnxModel.Row("perm", 0, 3, 1, 2));
        return _model.Node("Add", [Convolution(h, $"{name}.proj_out"), x]);
    }

    private string Attention(string x, string context, string name, int level, long keys)
    {
        var (width, heads, queries) = (_config.BlockOutChannels[level], _config.Heads[level], Side(level) * Side(level));
        var scale = _model.Numbers((float)(1 / Math.Sqrt(width / (double)heads)));
        var scores = _model.Node("MatMul", [Heads(x, "to_q", queries, 0, 2, 1, 3), Heads(context, "to_k", keys, 0, 2, 3, 1)]);
        var weights = _model.Node("Softmax", [_model.Node("Mul", [scores, scale])], OnnxModel.Integer("axis", -1));
        var mixed = _model.Node("MatMul", [weights, Heads(context, "to_v", keys, 0, 2, 1, 3)]);
        mixed = Reshaped(_model.Node("Transpose", [mixed], OnnxModel.Row("perm", 0, 2, 1, 3)), _shape.Batch, queries, width);
        return Linear(mixed, $"{name}.to_out.0");

        string Heads(string of, string projection, long count, params long[] order) =>
            _model.Node(
                "Transpose",
                [Reshaped(Linear(of, $"{name}.{projection}"), _shape.Batch, count, heads, width / heads)],
                OnnxModel.Row("perm", order)
            );
    }

    private string FeedForward(string x, string name)
    {
        var halves = _model.Nodes(
            "Split",
            [Linear(x, $"{name}.0.proj")],
            2,
            OnnxModel.Integer("axis", -1),
            OnnxModel.Integer("num_outputs", 2)
        );
        return Linear(_model.Node("Mul", [halves[0], _model.Node("Gelu", [halves[1]])]), $"{name}.2");
    }

    private string GroupNorm(string x, string name, int level, double epsilon)
    {
        var (channels, groups, side) = (_state[$"{name}.weight"].shape[0], _config.NormNumGroups, Side(level));
        var ones = _model.Numbers([.. Enumerable.Repeat(1f, (int)groups)]);
        var zeros = _model.Numbers(new float[groups]);
        var normed = _model.Node(
            "InstanceNormalization",
            [Reshaped(x, _shape.Batch, groups, -1), ones, zeros],
            OnnxModel.Real("epsilon", (float)epsilon)
        );
        var scaled = _model.Node(
            "Mul",
            [Reshaped(normed, _shape.Batch, channels, side, side), _model.Weight(_state[$"{name}.weight"].view(channels, 1, 1))]
        );
        return _model.Node("Add", [scaled, _model.Weight(_state[$"{name}.bias"].view(channels, 1, 1))]);
    }

    private string LayerNorm(string x, string name) =>
        _model.Node(
            "LayerNormalization",
            [x, _model.Weight(_state[$"{name}.weight"]), _model.Weight(_state[$"{name}.bias"])],
            OnnxModel.Integer("axis", -1),
            OnnxModel.Real("epsilon", 1e-5f)
        );

    private string Linear(string x, string name)
    {
        var product = _model.Node("MatMul", [x, _model.Weight(_state[$"{name}.weight"].t())]);
        return _state.TryGetValue($"{name}.bias", out var bias) ? _model.Node("Add", [product, _model.Weight(bias)]) : product;
    }

    private string Convolution(string x, string name, long stride = 1)
    {
        var weight = _state[$"{name}.weight"];
        var padding = weight.shape[2] / 2;
        return _model.Node(
            "Conv",
            [x, _model.Weight(weight), _model.Weight(_state[$"{name}.bias"])],
            OnnxModel.Row("kernel_shape", weight.shape[2], weight.shape[3]),
            OnnxModel.Row("strides", stride, stride),
            OnnxModel.Row("pads", padding, padding, padding, padding)
        );
    }

    private string Enlarged(string x) =>
        _model.Node(
            "Resize",
            [x, "", _model.Numbers(1, 1, 2, 2)],
            OnnxModel.Word("mode", "nearest"),
            OnnxModel.Word("coordinate_transformation_mode", "asymmetric"),
            OnnxModel.Word("nearest_mode", "floor")
        );

    private string Swish(string x) => _model.Node("Mul", [x, _model.Node("Sigmoid", [x])]);

    private string Reshaped(string x, params long[] shape) => _model.Node("Reshape", [x, _model.Integers(shape)]);

    private long Side(int level) => _shape.Side >> level;
}
