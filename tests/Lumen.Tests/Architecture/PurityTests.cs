using System.Reflection;
using System.Text.RegularExpressions;
using Lumen.Core.Checkpoints;
using Lumen.Generation;
using Lumen.Models.Denoising;
using Lumen.Training.Perception;
using Xunit;

namespace Lumen.Tests.Architecture;

/// <summary>What may be touched where: console, disk, clock, exceptions, fields.</summary>
public partial class PurityTests
{
    /// <summary>The tokenizer's files are read and written where the tokenizer is; every other model is given numbers.</summary>
    private static readonly string[] TokenizerFiles =
    [
        "src/Lumen.Models/Text/ClipTokenizerFiles.cs",
        "src/Lumen.Models/Text/ClipVocabulary.cs",
    ];

    /// <summary>
    /// Native frames lie above a gradient, a thread's own above a call; a job, a training and a download harm no other.
    /// </summary>
    private static readonly string[] CatchingAll =
    [
        "src/Lumen.Core/Native/ParallelCalls.cs",
        "src/Lumen.Models/Layers/KeptForGradient.cs",
        "src/Lumen.Studio/Jobs/JobQueue.cs",
        "src/Lumen.Studio/Runs/ModelPulls.cs",
        "src/Lumen.Studio/Runs/TrainingRunner.cs",
    ];

    /// <summary>
    /// A header within a binary file, a stream of the network, a line compared with what would be written, and what the program has just
    /// written itself.
    /// </summary>
    private static readonly string[] OwnJson =
    [
        "src/Lumen.Core/Checkpoints/SafetensorsHeader.cs",
        "src/Lumen/Hub/HubList.cs",
        "src/Lumen.Scenes/Data/SceneRecord.cs",
        "src/Lumen.Training/PerceptionTraining.cs",
        "src/Lumen.Training/Backbones/BackboneFolder.cs",
        "src/Lumen.Research/Studies/StudyReport.cs",
    ];

    [Fact]
    public void Only_the_command_line_prints() =>
        Faults.None(
            SourceTree
                .Code("src")
                .Where(path => !path.StartsWith("src/Lumen.Cli/", StringComparison.Ordinal) && Printing().IsMatch(SourceTree.CodeOf(path)))
        );

    [Fact]
    public void Models_touch_neither_disk_nor_console_nor_clock()
    {
        var touching = SourceTree.Code("src/Lumen.Models").Where(path => Outside().IsMatch(SourceTree.CodeOf(path)));
        Assert.Equal(TokenizerFiles.Order(), touching.Order()); // equal: an exception that is no longer needed leaves the list
    }

    [Fact]
    public void Only_programs_and_the_command_line_read_the_environment() =>
        Faults.None(
            SourceTree
                .Code("src")
                .Where(path =>
                    !path.StartsWith("src/Lumen.Cli/", StringComparison.Ordinal)
                    && !path.StartsWith("src/Lumen.Core/Native/", StringComparison.Ordinal)
                )
                .Where(path => SourceTree.CodeOf(path).Contains("GetEnvironmentVariable", StringComparison.Ordinal))
        );

    [Fact]
    public void Only_the_hub_opens_connections() =>
        Faults.None(
            SourceTree
                .Code("src")
                .Where(path => !path.StartsWith("src/Lumen/Hub/", StringComparison.Ordinal) && Network().IsMatch(SourceTree.CodeOf(path)))
        );

    [Fact]
    public void Exceptions_of_every_kind_are_caught_only_in_programs_and_where_others_go_on()
    {
        var catching = SourceTree
            .Code("src")
            .Where(path => !path.EndsWith("/Program.cs", StringComparison.Ordinal) && CatchAll().IsMatch(SourceTree.CodeOf(path)));
        Assert.Equal(CatchingAll.Order(), catching.Order()); // equal, as above
    }

    [Fact]
    public void Json_from_outside_is_read_in_one_way() =>
        Faults.None(
            SourceTree
                .Code("src")
                .Where(path => !path.StartsWith("src/Lumen.Files/", StringComparison.Ordinal) && !OwnJson.Contains(path))
                .Where(path => JsonReading().IsMatch(SourceTree.CodeOf(path)))
        );

    [Fact]
    public void Fields_with_a_state_key_are_readonly_and_not_public()
    {
        var fields = StateFields().ToList();
        Assert.NotEmpty(fields);
        Faults.None(
            fields
                .Where(field => !field.IsInitOnly || !(field.IsPrivate || field.IsFamily || field.IsFamilyAndAssembly))
                .Select(field => $"{field.DeclaringType!.FullName}.{field.Name}")
        );
    }

    [Fact]
    public void State_keys_differ_within_a_module() =>
        Assert.All(
            StateFields().GroupBy(field => field.DeclaringType),
            module => Assert.Distinct(module.Select(field => field.GetCustomAttribute<StateKeyAttribute>()!.Name))
        );

    private static IEnumerable<FieldInfo> StateFields() =>
        new[] { typeof(UNet2DConditionModel), typeof(DiffusionModel), typeof(PerceptionNetwork) }
            .SelectMany(type => type.Assembly.GetTypes())
            .SelectMany(type =>
                type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            )
            .Where(field => field.GetCustomAttribute<StateKeyAttribute>() is not null);

    [GeneratedRegex(@"\bSystem\.Net\b(?!\.ServerSentEvents)|\b(HttpClient|WebRequest|Socket|TcpClient|TcpListener|Dns)\b")]
    private static partial Regex Network();

    [GeneratedRegex(@"\b(Ansi)?Console\.")]
    private static partial Regex Printing();

    [GeneratedRegex(
        @"\bSystem\.IO\b|\b(File|AtomicFile|Directory|FileStream|FileInfo|DirectoryInfo|Console|Process|DateTime|DateTimeOffset|Stopwatch|TimeProvider)\.|\bnew FileStream\b|Environment\.TickCount"
    )]
    private static partial Regex Outside();

    [GeneratedRegex(@"\b(JsonDocument|JsonNode|JsonElement)\.Parse|\bJsonSerializer\.Deserialize|\bnew Utf8JsonReader\b")]
    private static partial Regex JsonReading();

    // Cleaning up and throwing on is not catching.
    [GeneratedRegex(@"catch(?:\s*\(Exception(?:\s+\w+)?\))?(?!\s*\()\s*\{(?![^}]*\bthrow;)")]
    private static partial Regex CatchAll();
}
