using Lumen.Imaging;
using Lumen.Scenes;

namespace Lumen.Training.Data;

/// <summary>The exact labels of street scenes.</summary>
public static class SceneLabels
{
    /// <summary>Names of the classes by id.</summary>
    public static IReadOnlyList<string> Classes { get; } =
    [.. Enumerable.Range(0, SceneClasses.Count).Select(id => SceneClasses.Name((SceneClass)id))];

    /// <summary>Classes whose objects are distinguished, as Cityscapes does: cars and people.</summary>
    public static IReadOnlyList<int> Things { get; } = [(int)SceneClass.Car, (int)SceneClass.Person];

    /// <summary>Classes whose objects have a heading that can be seen: cars.</summary>
    public static IReadOnlyList<int> Oriented { get; } = [(int)SceneClass.Car];

    /// <summary>Everything that is known of a scene. Headings of cars are against the camera's axis.</summary>
    public static LabelledPicture Of(StreetScene scene)
    {
        var yaw = new float[scene.Labels.Length];
        var headings = scene
            .Objects.Where(one => Oriented.Contains((int)one.Class))
            .ToDictionary(one => one.Instance, one => one.Yaw - scene.Layout.Camera.Yaw);
        for (var i = 0; i < yaw.Length; i++)
            yaw[i] = headings.TryGetValue(scene.Instances[i], out var heading) ? heading : float.NaN;
        return new LabelledPicture(new Picture(scene.Width, scene.Height, scene.Rgb))
        {
            Labels = scene.Labels,
            Depth = scene.Depth,
            Normals = scene.Normals,
            Instances = scene.Instances,
            Yaw = yaw,
        };
    }
}
