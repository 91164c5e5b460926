using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Layers;
using Lumen.Scenes;
using Lumen.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Benchmarks;

/// <summary>What the overview measures: the layers that decide a large model's time, and every job of the built-in one.</summary>
internal sealed class OverviewWorks : IDisposable
{
    private const string Torch = "libtorch";
    private const int Steps = 4,
        Scenes = 8,
        Rows = 8192,
        Channels = 1280;
    private const double TrainedSample = 3.56; // GFLOP, by the shapes of all products and convolutions in oneDNN's log
    private readonly ScalarType _type;
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();
    private readonly DiffusionModel _model;
    private readonly LayoutAdapter _adapter;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lumen-overview-");

    public OverviewWorks(string folder, Placement placement)
    {
        _type = placement.Compute;
        _model = DiffusionModel.Load(folder, placement);
        _adapter = LayoutAdapter.Load(Path.Combine(folder, "controlnet"), _model);
        All =
        [
            Attention("self-attention 2 x 8 x 4096 x 40 (U-Net of SD 1.5, 64 x 64)", 2, 8, 4096, 40, 1),
            Attention("self-attention 8 x 2 x 256 x 32 (built-in U-Net)", 8, 2, 256, 32, 20),
            Convolution("convolution 3 x 3, 2 x 320 x 64 x 64", 320, 64, 2),
            Convolution("convolution 3 x 3, 2 x 1280 x 8 x 8", 1280, 8, 2),
            NormAndActivation(),
            Gelu(),
            .. Jobs(folder),
            Training(folder, placement),
            SecondMoments(),
        ];
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<OverviewWork> All { get; }

    public void Dispose()
    {
        _adapter.Dispose();
        _model.Dispose();
        _scope.Dispose();
        _folder.Delete(recursive: true);
    }

    private Tensor Normal(int stream, params long[] shape) => new RandomStream(1).For(stream).Normal(shape).to_type(_type);

    private OverviewWork Attention(string name, long batch, long heads, long tokens, long width, int times)
    {
        var input = Normal(0, batch, heads, tokens, width);
        return new(name, () => DotProductAttention.Mix(input, input, input))
        {
            Peer = Torch,
            PeerAct = () => functional.scaled_dot_product_attention(input, input, input),
            GigaFlop = 4.0 * batch * heads * tokens * tokens * width / 1e9,
            Times = times,
        };
    }

    private OverviewWork Convolution(string name, long channels, long side, int times)
    {
        var layer = new ConvolutionLayer((channels, channels), 3, (1, 1), true, new Placement(CPU, _type));
        var maps = MemoryLayout.ChannelsLast(Normal(1, 2, channels, side, side));
        var (weight, bias) = (Normal(2, channels, channels, 3, 3), zeros(channels, dtype: _type));
        return new(name, () => layer.call(maps))
        {
            Peer = Torch,
            PeerAct = () => functional.conv2d(maps, weight, bias, [1, 1], [1, 1]),
            GigaFlop = 2.0 * 2 * side * side * channels * channels * 9 / 1e9,
            Times = times,
        };
    }

    private OverviewWork NormAndActivation()
    {
        var maps = MemoryLayout.ChannelsLast(Normal(3, 2, 320, 64, 64));
        var norm = GroupNorm(32, 320, dtype: _type);
        norm.weight!.fill_(1);
        norm.bias!.zero_();
        return new("group norm and SiLU, 2 x 320 x 64 x 64", () => NormedActivation.Apply(norm, maps))
        {
            Peer = Torch,
            PeerAct = () => functional.silu(norm.call(maps)),
            Times = 10,
        };
    }

    private OverviewWork Gelu()
    {
        var halves = Normal(4, 8192, 2560);
        return new("gated GELU, 8192 x 2560", () => GatedGelu.Apply(halves))
        {
            Peer = Torch,
            PeerAct = () =>
            {
                var parts = halves.chunk(2, 1);
                _ = parts[0] * functional.gelu(parts[1]);
            },
            Times = 5,
        };
    }

    private IEnumerable<OverviewWork> Jobs(string folder)
    {
        var picture = Street(0).Picture;
        var generator = new ImageGenerator(_model, _adapter);
        var layout = generator.ExtractLayout(picture);
        var request = GenerationRequest.For(layout, "a street at night in fog");
        var options = new GenerationOptions { NumInferenceSteps = Steps };
        var side = _model.NativeSize / (int)_model.Vae.Config.Stride;
        var latents = Normal(5, 1, _model.Vae.Config.LatentChannels, side, side);
        var path = Path.Combine(_folder.FullName, "street.png");
        return
        [
            new(
                "opening the built-in model and its adapter",
                () =>
                {
                    using var model = DiffusionModel.Load(folder, _model.Placement);
                    using var adapter = LayoutAdapter.Load(Path.Combine(folder, "controlnet"), model);
                }
            ),
            new("the layout of a picture, built-in model", () => generator.ExtractLayout(picture).Dispose()) { Times = 3 },
            new($"a picture of {Steps} steps, built-in model", () => generator.Generate(request, options)),
            new(
                $"four pictures of {Steps} steps in one pass",
                () => generator.Generate(request, options with { Count = 4, BatchSize = 4 })
            ),
            new("decoding a picture, built-in model", () => _model.Decode(latents)) { Times = 5 },
            new($"rendering {Scenes} street scenes", Render),
            new("writing and reading a PNG file", () => PngWriter.WriteRgb(path, picture)) { Times = 20 },
        ];
    }

    private void Render()
    {
        for (var index = 0; index < Scenes; index++)
            Street(index);
    }

    private OverviewWork Training(string folder, Placement placement)
    {
        var recipe = Recipe.Read(Path.Combine("recipes", "street-tiny-base.json"));
        const int Batch = 16;
        recipe = recipe with
        {
            Data = recipe.Data with { Scenes = 64, ValidationScenes = 2 },
            Training = recipe.Training with { MaxTrainSteps = 1_000_000, GradientAccumulationSteps = 1, TrainBatchSize = Batch },
        };
        var output = Path.Combine(_folder.FullName, "base");
        var runs = new TrainingTaskFactory(placement, Path.Combine(_folder.FullName, "cache"), output);
        using var learning = enable_grad();
        var trainer = new Trainer(runs.Base(recipe, folder), recipe.Training, output);
        return new($"a training step of the built-in base, {Batch} samples", Step) { GigaFlop = Batch * TrainedSample };

        void Step()
        {
            using var own = enable_grad();
            trainer.Step();
        }
    }

    private static OverviewWork SecondMoments()
    {
        var rows = new RandomStream(1).For(6).Normal(Rows, Channels);
        return new(
            $"second moments of {Rows} x {Channels}",
            () =>
            {
                using var moments = new StreamingMoments(Channels);
                moments.Add(rows);
            }
        )
        {
            Peer = $"{Torch}, float64",
            PeerAct = () =>
            {
                var wide = rows.to_type(ScalarType.Float64);
                mm(wide.t(), wide);
            },
        };
    }

    private (Picture Picture, byte[] Labels) Street(int index)
    {
        var seeds = SceneSeeds.For(SceneSplit.Test, index, 1);
        var side = _model.NativeSize;
        var scene = StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), side, side);
        return (new Picture(side, side, scene.Rgb), scene.Labels);
    }
}
