using Lumen.Conditions;
using Lumen.Core;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Layouts;
using Lumen.Models.Control;
using Lumen.Models.Vision;
using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Training;

public sealed partial record TrainingRuns
{
    private const int FitBatch = 32;

    /// <summary>A fresh adapter on a finished base: fits the basis, extracts the layouts, copies the base's encoder.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="model">The base's folder.</param>
    public ITrainingTask Adapter(Recipe recipe, string model)
    {
        if (recipe.Layout.Photometric is not (>= 0 and <= 1))
            throw new LumenException($"photometric must be a fraction from 0 to 1 but is {recipe.Layout.Photometric}.");
        var options = recipe.Layout.ToBasisOptions();
        if (recipe.Condition.Kind == ConditionKind.Layout) recipe.Condition.RefuseStrangers();
        else _ = recipe.Condition.Filled(SceneClasses.Count).ToCondition();   // refuses what cannot be used before anything is rendered
        if (File.Exists(model)) throw new LumenException($"{model} is a single file; adapters are trained on diffusers folders. Convert it first: lumen model convert {model} --output-dir DIR.");
        var frozen = DiffusionModel.Load(model, Placement);
        var (train, validation) = (Scenes(recipe.Data.Train), Scenes(recipe.Data.Validation));
        var hash = VaeHash(model);
        var (data, heldOut) = (Latents(train, frozen.Vae, hash, frozen.Tokenizer), Latents(validation, frozen.Vae, hash, frozen.Tokenizer));
        var condition = recipe.Condition.Kind == ConditionKind.Layout ? Layouts(recipe, frozen, data, heldOut, options) : (AdapterCondition)Rasters(recipe, train, validation);
        var control = new ControlNetModel(
            new ControlNetConfig(frozen.UNet.Config) { ConditioningChannels = condition.Channels, ConditioningEmbeddingOutChannels = recipe.ConditioningEmbeddingOutChannels }, Placement);
        WeightInitialisation.Apply(control, new RandomStream(recipe.Training.Seed).For(2));
        control.InitialiseFrom(frozen.UNet);
        return new AdapterTask(frozen, control, condition, (data, heldOut), recipe.ProportionEmptyPrompts);
    }

    private LayoutTraining Layouts(Recipe recipe, DiffusionModel frozen, DenoisingData data, DenoisingData heldOut, BasisOptions options)
    {
        var layout = recipe.Layout;
        var source = LayoutFitting.SourceOf(frozen, layout.Layer, layout.Timestep, layout.Facet) with { ImageSize = recipe.Data.Resolution };
        var features = LayoutAdapter.FeaturesOf(frozen, source);
        var basis = FitBasis(features, data.Latents, options, layout.FitPictures);
        return new LayoutTraining(frozen, basis, (data.Corpus, Layouts(data, features, basis)), Layouts(heldOut, features, basis), recipe.Data.Resolution) { Photometric = layout.Photometric };
    }

    private LayoutBasis FitBasis(StableDiffusionFeatures features, TensorCache latents, BasisOptions options, int pictures)
    {
        using var fitter = new BasisFitter(options, features.Source);
        foreach (var indices in Enumerable.Range(0, Math.Min(pictures, latents.Count)).Chunk(FitBatch))
        {
            Stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            fitter.Add(features.ExtractLatents(latents.Batch(indices), [.. indices.Select(i => (long)i)]));
            Preparing("features", indices[^1] + 1);
        }
        return fitter.Fit();
    }

    private TensorCache Layouts(DenoisingData data, StableDiffusionFeatures features, LayoutBasis basis) => Cached(
        $"layouts-{data.Corpus.Identity}", basis.Hash, data.Latents.Count,
        indices => basis.Project(features.ExtractLatents(data.Latents.Batch(indices), [.. indices.Select(i => (long)i)])));
}
