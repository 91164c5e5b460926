using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

/// <summary>Which patches of a batch of views are masked.</summary>
/// <param name="Masked">[V, N] bool.</param>
/// <param name="Places">[m] int64: the masked patches, counted through all views.</param>
/// <param name="Weights">[m] float32: one over the number of masked patches of the same view.</param>
internal sealed record MaskedViews(Tensor Masked, Tensor Places, Tensor Weights)
{
    /// <summary>Draws masks for some of the views.</summary>
    /// <param name="views">V.</param>
    /// <param name="side">Patches along each side.</param>
    /// <param name="settings">In how many views, and how many patches.</param>
    /// <param name="random">The stream of the step.</param>
    /// <param name="device">Where the tensors are put.</param>
    public static MaskedViews Draw(int views, int side, RecipeDistillation settings, RandomStream random, Device device)
    {
        var patches = side * side;
        // A fixed number of views in a random order: the loss has the same weight in every step.
        int[] chosen =
        [
            .. Enumerable
                .Range(0, views)
                .OrderBy(view => random.UniformAt(view))
                .Take(Math.Max(1, (int)Math.Round(views * settings.MaskSampleProbability))),
        ];
        var masked = new bool[views * patches];
        var (places, weights) = (new List<long>(), new List<float>());
        foreach (var view in chosen.Order())
        {
            var ratio = settings.MaskRatio[0] + (settings.MaskRatio[1] - settings.MaskRatio[0]) * random.For(view).UniformAt(0);
            var count = Math.Clamp((int)Math.Round(ratio * patches), 1, patches);
            var mask = PatchMask.Draw(side, count, random.For(view).For(1));
            mask.CopyTo(masked, view * patches);
            places.AddRange(Enumerable.Range(0, patches).Where(patch => mask[patch]).Select(patch => (long)view * patches + patch));
            weights.AddRange(Enumerable.Repeat(1f / count, count));
        }
        return new MaskedViews(
            tensor(masked, views, patches).to(device),
            tensor(places.ToArray()).to(device),
            tensor(weights.ToArray()).to(device)
        );
    }
}
