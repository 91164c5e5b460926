using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Devices;

[Collection(SecondDevice.Name)]
public sealed class DeviceNetworkTests(DeviceFixture models)
{
    [Fact]
    public void The_second_device_refuses_to_mix_with_the_processor_and_to_show_its_memory()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var there = ones(2, 2).to(SecondDevice.Placement.Device);
        Assert.ThrowsAny<Exception>(() => there + ones(2, 2));
        Assert.ThrowsAny<Exception>(() => there.mm(ones(2, 2)));
        Assert.ThrowsAny<Exception>(() => there.index_select(0, tensor(new long[] { 0 })));
        Assert.ThrowsAny<Exception>(() => there.bytes.Length);
        Assert.Equal(4, there.sum().item<float>());
    }

    [Fact]
    public void Text_is_embedded_alike()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        string[] prompts = ["a street at night", ""];
        DeviceFixture.Same(models.Here.Embed(prompts), models.There.Embed(prompts));
        const string Weighted = "a street at (night:1.4), [fog]";
        DeviceFixture.Same(models.Here.EmbedWeighted(Weighted), models.There.EmbedWeighted(Weighted));
    }

    [Fact]
    public void Pictures_become_latents_and_pictures_again_alike()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (here, there) = (models.Here.Encode(DeviceFixture.Scenes(2)), models.There.Encode(DeviceFixture.Scenes(2)));
        DeviceFixture.Same(here, there);
        DeviceFixture.Same(models.Here.Decode(here), models.There.Decode(there));
    }

    [Fact]
    public void U_net_and_adapter_predict_alike()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var random = new RandomStream(3);
        var (latents, condition) = (random.Normal(2, 4, 16, 16), random.For(1).Normal(2, TinyModels.Components, 32, 32));
        var timesteps = tensor(new long[] { 10, 700 });
        DeviceFixture.Same(Predicted(models.Here, models.AdapterHere), Predicted(models.There, models.AdapterThere));

        Tensor Predicted(DiffusionModel model, LayoutAdapter adapter)
        {
            var (own, context) = (latents.to(model.Placement.Device), model.Embed(["a street", "fog"]));
            return model.UNet.Predict(own, timesteps, context, adapter.Control.Residuals(own, timesteps, context, condition));
        }
    }

    [Fact]
    public void Features_of_the_U_net_are_extracted_and_projected_there_and_alike()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (here, there) = (Features(models.AdapterHere), Features(models.AdapterThere));
        DeviceFixture.Same(here, there);
        var (basis, other) = (models.AdapterHere.Basis, models.AdapterThere.Basis);
        var (layouts, theirs) = (basis.Project(here), other.Project(there));
        DeviceFixture.Same(layouts, theirs, 1e-3);
        DeviceFixture.Same(basis.Reconstruct(layouts), other.Reconstruct(theirs), 1e-3);
        Assert.Equal(basis.RelativeError(here[..1]), other.RelativeError(there[..1]), 1e-4);

        static Tensor Features(LayoutAdapter adapter) => new Synced(adapter.Features).Extract(DeviceFixture.Scenes(2), [0, 1]);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, 7UL)]
    public void A_basis_is_fitted_from_moments_on_the_device_and_is_the_same(bool positions, ulong? rotation)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var options = new BasisOptions
        {
            Components = 3,
            SubtractPositionMean = positions,
            RotationSeed = rotation,
            MaxNormRatio = 2,
            AppearancePenalty = positions ? 0 : 0.5,
        };
        using var here = Fitted(models.AdapterHere.Features);
        using var there = Fitted(models.AdapterThere.Features);
        DeviceFixture.Close(here.Principal.Components, there.Principal.Components, 1e-3);
        Assert.Equal(here.Report!.Residuals.Mean, there.Report!.Residuals.Mean, 1e-4);
        Assert.Equal(here.Report.BorderEnergies.Count, there.Report.BorderEnergies.Count);

        LayoutBasis Fitted(IFeatureExtractor features) =>
            BasisFitter.Fit(
                new Synced(features),
                [new PictureBatch(DeviceFixture.Scenes(4), [0, 1, 2, 3])],
                options,
                positions ? null : batch => (batch.Images * 0.7).MoveToOuterDisposeScope()
            );
    }

    [Fact]
    public void Moments_stay_on_the_device_until_they_are_asked_for()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var rows = new RandomStream(1).Normal(50, 6);
        using var here = new StreamingMoments(6);
        using var there = new StreamingMoments(6);
        using var part = new StreamingMoments(6);
        here.Add(rows);
        there.Add(rows[..30].to(SecondDevice.Placement.Device));
        part.Add(rows[30..]);
        there.Merge(part);
        Assert.Equal(TorchSharp.DeviceType.CPU, there.Scatter().device_type);
        DeviceFixture.Close(here.Scatter(), there.Scatter(), 1e-5);
        DeviceFixture.Close(here.Mean(), there.Mean(), 1e-6);
    }

    private sealed class Synced(IFeatureExtractor features) : IFeatureExtractor
    {
        public FeatureSource Source => features.Source;

        public Tensor Extract(Tensor images, IReadOnlyList<long> items, CancellationToken stop = default)
        {
            var extracted = features.Extract(images, items, stop);
            SecondDevice.Sync();
            return extracted;
        }
    }
}
