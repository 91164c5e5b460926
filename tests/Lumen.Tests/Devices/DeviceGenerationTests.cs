using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Schedules;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Devices;

[Collection(SecondDevice.Name)]
public sealed class DeviceGenerationTests(DeviceFixture models)
{
    private static readonly GenerationOptions Few = new() { NumInferenceSteps = 2 };

    private static readonly IProgress<GenerationStep> Synced = new EachStep();

    public static TheoryData<string> Samplers => [.. Sampler.ShortNames];

    [Fact]
    public void The_same_noise_gives_the_same_pictures_on_every_device()
    {
        var (here, there) = (Pictures(models.Here, models.AdapterHere), Pictures(models.There, models.AdapterThere));
        Assert.Equal(2, here.Count);
        DeviceFixture.Same(here[0], there[0]);
        DeviceFixture.Same(here[1], there[1]);
        Assert.NotEqual(here[0].Rgb, here[1].Rgb);

        static IReadOnlyList<Picture> Pictures(DiffusionModel model, LayoutAdapter adapter)
        {
            var generator = new ImageGenerator(model, adapter);
            using var layout = generator.ExtractLayout(TinyModels.Scene(0));
            SecondDevice.Sync();
            var pictures = generator.Generate(GenerationRequest.For(layout, "a street at night"), Few with { Count = 2 }, Synced);
            using var layouts = generator.ExtractLayouts(pictures);
            Assert.Equal(TorchSharp.DeviceType.CPU, layouts.device_type);
            return pictures;
        }
    }

    [Fact]
    public void A_walk_that_begins_with_a_picture_is_the_same_on_every_device()
    {
        var request = new GenerationRequest("a street at night", null, TinyModels.Size, TinyModels.Size) { Initial = TinyModels.Scene(1) };
        DeviceFixture.Same(Picture(models.Here), Picture(models.There));

        Picture Picture(DiffusionModel model) => new ImageGenerator(model, null).Generate(request, Few with { Strength = 0.5 }, Synced)[0];
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Every_sampler_walks_on_the_device(string sampler)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        DeviceFixture.Same(Walk(CPU), Walk(SecondDevice.Placement.Device), 1e-3);

        Tensor Walk(Device device)
        {
            var walk = Sampler.Create(sampler, models.Here.Schedule, 4);
            var random = new RandomStream(5);
            var (latents, history) = (random.Normal(1, 4, 8, 8).to(device) * walk.InitialNoiseSigma, StepHistory.Empty);
            foreach (var index in walk.Calls(0))
            {
                var output = walk.ScaleInput(latents, index) * 0.5 + random.For(index).Normal(1, 4, 8, 8).to(device);
                var noise = walk.UsesNoise(index) ? random.For(100 + index).Normal(1, 4, 8, 8).to(device) : null;
                (latents, history) = walk.Step(output, index, latents, history, noise);
            }
            return latents;
        }
    }

    [Fact]
    public void A_picture_larger_than_the_model_is_made_of_tiles_on_the_device()
    {
        var large = Resizing.Cover(TinyModels.Scene(2), 48, 32);
        DeviceFixture.Same(Picture(models.Here, models.AdapterHere), Picture(models.There, models.AdapterThere));

        Picture Picture(DiffusionModel model, LayoutAdapter adapter)
        {
            var tiled = new TiledGenerator(new ImageGenerator(model, adapter), batch: 2);
            using var layout = tiled.ExtractLayout(large);
            return tiled.Generate(GenerationRequest.For(layout, "a street at night"), Few with { NumInferenceSteps = 1 }, Synced);
        }
    }

    [Fact]
    public void What_is_not_finite_on_a_device_is_told_when_the_walk_ends_with_the_first_step_that_was_not()
    {
        using var scope = NewDisposeScope();
        using var steps = new FiniteSteps(4);
        var device = SecondDevice.Placement.Device;
        steps.Add(0, ones(2).to(device));
        steps.Add(1, tensor(new[] { 1, float.NaN }).to(device));
        steps.Add(2, tensor(new[] { 1, float.PositiveInfinity }).to(device));
        var error = Assert.Throws<LumenException>(steps.Require);
        Assert.StartsWith("The denoiser gave values that are not finite at step 2 of 4.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_finite_on_the_processor_is_told_at_once()
    {
        using var scope = NewDisposeScope();
        using var steps = new FiniteSteps(4);
        steps.Add(0, ones(2));
        var error = Assert.Throws<LumenException>(() => steps.Add(1, tensor(new[] { 1, float.NaN })));
        Assert.StartsWith("The denoiser gave values that are not finite at step 2 of 4.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vision_transformer_gives_its_features_on_the_device()
    {
        using var scope = NewDisposeScope();
        var weights = BackboneFile.Write(models.File("dino"), "dino/p8");
        DeviceFixture.Same(Features(Placement.Reference), Features(SecondDevice.Placement), 1e-3);

        Tensor Features(Placement placement)
        {
            using var backbone = VisionBackboneFile.Open(weights, placement);
            var source = backbone.SourceOf();
            return VisionBackboneFile.FeaturesOf(backbone, source).Extract(DeviceFixture.Scenes(2), [0, 1]);
        }
    }

    private sealed class EachStep : IProgress<GenerationStep>
    {
        public void Report(GenerationStep value) => SecondDevice.Sync();
    }
}
