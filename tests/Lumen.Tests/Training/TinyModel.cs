using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Control;
using Lumen.Testing;
using Lumen.Training;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Training;

/// <summary>One tiny model with an adapter, made once for all tests that need one; those tests run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class TinyModel : IDisposable, ICollectionFixture<TinyModel>
{
    public const string Name = "tiny model";
    private readonly TempFolder _folder = new();

    public TinyModel()
    {
        Runs = new TinyRuns(_folder.Path);
        Runs.MakeModel();
        Model = DiffusionModel.Load(Runs.Model, Placement.Reference);
        Adapter = LayoutAdapter.Load(Path.Combine(Runs.Model, "controlnet"), Model);
    }

    public DiffusionModel Model { get; }

    public LayoutAdapter Adapter { get; }

    public ImageGenerator Generator => new(Model, Adapter);

    internal TinyRuns Runs { get; }

    /// <summary>An adapter as it is before the first step.</summary>
    internal ControlNetModel FreshControl()
    {
        var control = new ControlNetModel(Adapter.Control.ControlConfig, Placement.Reference);
        WeightInitialisation.Apply(control, new RandomStream(3));
        control.InitialiseFrom(Model.UNet);
        return control;
    }

    /// <summary>Trains <paramref name="control"/> on the model that <see cref="Model"/> is.</summary>
    internal AdapterTask NewTask(ControlNetModel control, double photometric)
    {
        var corpus = SceneCorpus.Open(TinyRuns.Adapter.Data.Train, Runs.Runs("adapter").Cache);
        var latents = TensorCache.Open(
            Path.Combine(_folder.Path, "own-latents"),
            corpus.Count,
            indices =>
            {
                using var images = corpus.Batch(indices);
                return Model.Encode(images);
            }
        );
        var layouts = TensorCache.Open(
            Path.Combine(_folder.Path, "own-layouts"),
            corpus.Count,
            indices =>
            {
                using var images = corpus.Batch(indices);
                return Adapter.Basis.Project(Adapter.Features.Extract(images, [.. indices.Select(index => (long)index)]));
            }
        );
        var data = new DenoisingData(corpus, latents, Model.Tokenizer);
        var heldOut = new DenoisingData(corpus, latents, Model.Tokenizer);
        return new AdapterTask(
            Model,
            control,
            new LayoutTraining(Model, Adapter.Basis, (corpus, layouts), (corpus, layouts)) { Photometric = photometric },
            (data, heldOut),
            0.1
        );
    }

    public void Dispose()
    {
        Adapter.Dispose();
        Model.Dispose();
        _folder.Dispose();
    }
}
