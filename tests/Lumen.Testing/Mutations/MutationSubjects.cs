namespace Lumen.Testing.Mutations;

/// <summary>All readers of files that come from outside, each with a tiny sound file.</summary>
public static class MutationSubjects
{
    /// <summary>Writes the sound files.</summary>
    /// <param name="folder">An empty folder.</param>
    public static IReadOnlyList<MutationSubject> In(string folder) =>
        [
            .. DataSubjects.In(Path.Combine(folder, "data")),
            .. RecordSubjects.In(Path.Combine(folder, "records")),
            .. ModelSubjects.In(Path.Combine(folder, "model")),
            .. PictureSubjects.In(Path.Combine(folder, "pictures")),
        ];

    /// <summary>Does everything, whatever one of it refuses; refuses afterwards what the first one refused.</summary>
    internal static void Each(params ReadOnlySpan<Action> acts)
    {
        LumenException? first = null;
        foreach (var act in acts)
        {
            try
            {
                act();
            }
            catch (LumenException error)
            {
                first ??= error;
            }
        }
        if (first is not null)
            throw first;
    }

    /// <summary>Writes a text file and answers its path.</summary>
    internal static string Text(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
