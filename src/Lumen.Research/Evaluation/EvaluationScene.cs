using Lumen.Imaging;
using Lumen.Scenes;
using Lumen.Training.Data;

namespace Lumen.Research.Evaluation;

/// <summary>A rendered scene with what metrics need to know about it. Only evaluation sees labels; training never does.</summary>
/// <param name="Picture">The render.</param>
/// <param name="Labels">Values of <see cref="SceneClass"/>, [H * W], row-major.</param>
/// <param name="Layout">What stands where.</param>
/// <param name="Appearance">How it looks.</param>
public sealed record EvaluationScene(Picture Picture, byte[] Labels, SceneLayout Layout, SceneAppearance Appearance)
{
    /// <summary>How much shows in every scene that evaluation renders: what the built-in model was trained on.</summary>
    public const SceneDetail Detail = SceneDetail.Rich;

    /// <summary>Renders a run of scenes; <see cref="SceneSelection.Detail"/> is <see cref="Detail"/> whatever it says.</summary>
    /// <param name="selection">Which scenes.</param>
    /// <param name="stop">Ends the rendering.</param>
    public static IReadOnlyList<EvaluationScene> Render(SceneSelection selection, CancellationToken stop = default)
    {
        var scenes = new EvaluationScene[selection.Count];
        Parallel.For(
            0,
            scenes.Length,
            new ParallelOptions { CancellationToken = stop },
            index =>
            {
                var seeds = SceneSeeds.For(selection.Split, selection.First + index, selection.Seed);
                scenes[index] = Render(SceneLayout.FromSeed(seeds.Layout), AppearanceOf(seeds.Appearance), selection.Size);
            }
        );
        return scenes;
    }

    /// <summary>The appearance of a seed, in <see cref="Detail"/>.</summary>
    internal static SceneAppearance AppearanceOf(ulong seed) => SceneAppearance.FromSeed(seed, Detail);

    /// <summary>The same layout in another appearance.</summary>
    public EvaluationScene In(SceneAppearance appearance) => Render(Layout, appearance, Picture.Width);

    private static EvaluationScene Render(SceneLayout layout, SceneAppearance appearance, int size)
    {
        var scene = StreetRenderer.Render(layout, appearance, size, size);
        return new EvaluationScene(new Picture(size, size, scene.Rgb), scene.Labels, layout, appearance);
    }
}
