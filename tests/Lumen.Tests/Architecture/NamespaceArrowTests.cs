using System.Text.RegularExpressions;
using Xunit;

namespace Lumen.Tests.Architecture;

public class NamespaceArrowTests
{
    /// <summary>Which sibling rooms a room may use. A room that is not listed here is not allowed to exist.</summary>
    private static readonly Dictionary<string, Dictionary<string, string[]>> Allowed = new()
    {
        ["src/Lumen.Core"] = new()
        {
            ["Native"] = [],
            ["Processes"] = [],
            ["Tensors"] = ["Native", "Processes"], // the fastest type is a fact of the processor
            ["Checkpoints"] = ["Tensors"],
        },
        ["src/Lumen.Models"] = new()
        {
            ["Layers"] = [],
            ["Schedules"] = [],
            ["Text"] = [],
            ["Autoencoding"] = ["Layers"],
            ["Denoising"] = ["Layers"],
            ["Control"] = ["Denoising", "Layers"], // and nothing uses Control
            ["Vision"] = ["Autoencoding", "Denoising", "Layers", "Schedules"],
        },
        ["src/Lumen"] = new()
        {
            ["Layouts"] = [],
            ["Conditions"] = ["Layouts"],
            ["Hub"] = [], // the only room with a network
            ["Pretrained"] = ["Layouts", "Hub"], // to say what an adapter or a basis is, and what a cached model is called
            ["Captioning"] = ["Pretrained"], // to find the configuration beside weights
            ["Generation"] = ["Layouts", "Conditions", "Captioning", "Pretrained", "Hub"],
        },
        ["src/Lumen.Training"] = new()
        {
            ["Data"] = [], // nor the tasks above it, which are in the project's root
            ["Perception"] = ["Data"],
            ["Backbones"] = ["Data"],
        },
        ["src/Lumen.Research"] = new() { ["Evaluation"] = [], ["Studies"] = ["Evaluation"] },
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Rooms_use_only_the_rooms_they_may(string project)
    {
        var root = Path.GetFileName(project);
        var faults =
            from path in SourceTree.Code(project)
            let room = RoomOf(project, path)
            where room.Length > 0
            from mention in SourceTree.Mentions(path).Concat(RelativeMentions(project, path).Select(name => $"{root}.{name}"))
            where mention.StartsWith(root + ".", StringComparison.Ordinal)
            let target = mention[(root.Length + 1)..].Split('.')[0]
            where Allowed[project].ContainsKey(target) && target != room && !Rules(project, room).Contains(target)
            select $"{path} uses {mention}";
        Faults.None(faults);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_room_is_known(string project) =>
        Faults.None(
            SourceTree
                .Code(project)
                .Select(path => RoomOf(project, path))
                .Where(room => room.Length > 0)
                .Distinct()
                .Except(Allowed[project].Keys)
        );

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_are_folders(string project)
    {
        var root = Path.GetFileName(project);
        foreach (var path in SourceTree.Code(project))
        {
            var room = RoomOf(project, path);
            var expected = room.Length == 0 ? root : $"{root}.{room}";
            Assert.True(
                SourceTree.Text(path).Contains($"namespace {expected}", StringComparison.Ordinal),
                $"{path} must be in the namespace {expected} or below it."
            );
        }
    }

    // Inside Lumen.Core, "Native.Processor" needs no using line.
    private static IEnumerable<string> RelativeMentions(string project, string path) =>
        Regex
            .Matches(SourceTree.CodeOf(path), $@"(?<![\w.])({string.Join('|', Allowed[project].Keys)})\.[A-Z]\w+")
            .Select(match => match.Value)
            .Distinct();

    private static string[] Rules(string project, string room) => Allowed[project].TryGetValue(room, out var rooms) ? rooms : [];

    private static string RoomOf(string project, string path)
    {
        var inside = path[(project.Length + 1)..];
        return inside.Contains('/') ? inside.Split('/')[0] : "";
    }
}
