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
    /// <summary>Renders a run of scenes.</summary>
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
                scenes[index] = Render(
                    SceneLayout.FromSeed(seeds.Layout),
                    SceneAppearance.FromSeed(seeds.Appearance, selection.Detail),
                    selection.Size
                );
            }
        );
        return scenes;
    }

    /// <summary>Before a noun: nothing for plain scenes, <c>rich </c> for rich ones.</summary>
    internal static string Kind(SceneDetail detail) => detail == SceneDetail.Plain ? "" : $"{detail.ToString().ToLowerInvariant()} ";

    /// <summary>The same layout in another appearance.</summary>
    public EvaluationScene In(SceneAppearance appearance) => Render(Layout, appearance, Picture.Width);

    private static EvaluationScene Render(SceneLayout layout, SceneAppearance appearance, int size)
    {
        var scene = StreetRenderer.Render(layout, appearance, size, size);
        return new EvaluationScene(new Picture(size, size, scene.Rgb), scene.Labels, layout, appearance);
    }
}
