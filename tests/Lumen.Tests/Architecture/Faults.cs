using Xunit;

namespace Lumen.Tests.Architecture;

internal static class Faults
{
    /// <summary>Fails naming every fault, one a line.</summary>
    public static void None(IEnumerable<string?> faults)
    {
        var found = faults.ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
